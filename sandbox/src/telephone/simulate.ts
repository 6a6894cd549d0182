import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startTwilio } from "../twilio/index.ts";
import { encodeMulaw, synthesize } from "../voice/index.ts";
import { formatReport } from "./report.ts";
import { readScenario, type Scenario, ScenarioError } from "./scenario.ts";
import { type SimulatedCall, simulateCall } from "./simulate-call.ts";

const usage = `npm run simulate -- FILE… [--url http://localhost:3000] [--parallel n] [--json]

  --url          the platform's public address (PUBLIC_URL); calls go to {url}/telephony/twilio/incoming
  --reach        connect here instead, while signatures keep --url (behind a proxy)
  --parallel n   n calls of every file at the same time
  --json         the results as JSON, for programs
  --api-key      for the platform's API (events); or PARLEY_API_KEY
  --twilio-port  port of the stand-in's REST API, for a platform whose TWILIO_BASE_URL names it
TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are the platform's own; the token signs the requests.`;

class UsageError extends Error {}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://localhost:3000" },
      reach: { type: "string" },
      parallel: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      "api-key": { type: "string" },
      "twilio-port": { type: "string", default: "0" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const parallel = Number(values.parallel);
  if (positionals.length === 0)
    throw new UsageError("name at least one scenario file, e.g. sandbox/scenarios/goodbye.yaml");
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new UsageError(`--parallel ${values.parallel}: a whole number from 1`);
  if (!/^https?:$/.test(URL.parse(values.url)?.protocol ?? ""))
    throw new UsageError(`--url ${values.url}: an http address`);
  return { ...values, parallel, files: positionals };
}

async function readScenarios(files: readonly string[]): Promise<Scenario[]> {
  const problems: string[] = [];
  const scenarios: Scenario[] = [];
  for (const file of files) {
    try {
      scenarios.push(readScenario(await readFile(file, "utf8"), file));
    } catch (error) {
      problems.push(error instanceof ScenarioError ? error.message : `${file}: ${String(error)}`);
    }
  }
  if (problems.length > 0) throw new ScenarioError(problems);
  return scenarios;
}

async function simulate(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  const scenarios = await readScenarios(options.files);
  const authToken = process.env["TWILIO_AUTH_TOKEN"];
  if (authToken === undefined || authToken === "") {
    throw new UsageError(
      "TWILIO_AUTH_TOKEN is not set: it must be the platform's (its first start prints the one it made)",
    );
  }
  const twilio = await startTwilio({
    accountSid: process.env["TWILIO_ACCOUNT_SID"] ?? `AC${"0".repeat(32)}`,
    authToken,
    port: Number(options["twilio-port"]),
    allowInsecureStreams: options.url.startsWith("http:"),
    ...(options.reach === undefined ? {} : { reachThrough: options.reach }),
    speak: async (text, language) => encodeMulaw((await synthesize({ text, language, sampleRateHz: 8000 })).samples),
  });
  const platform = {
    origin: options.reach ?? options.url,
    apiKey: options["api-key"] ?? process.env["PARLEY_API_KEY"],
    webhookUrl: new URL("/telephony/twilio/incoming", options.url).href,
  };
  const calls: SimulatedCall[] = [];
  for (const scenario of scenarios) {
    const together = Array.from({ length: options.parallel }, () => simulateCall(twilio, scenario, platform));
    const results = await Promise.all(together);
    calls.push(...results);
    if (!options.json) for (const { result, verdicts } of results) console.log(formatReport(result, verdicts));
  }
  await twilio.close();
  const failed = calls.filter(({ passed }) => !passed).length;
  if (options.json) console.log(JSON.stringify({ passed: failed === 0, calls }, null, 2));
  else console.log(`${calls.length - failed} of ${calls.length} calls as expected`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await simulate();
} catch (error) {
  const known = error instanceof UsageError || error instanceof ScenarioError;
  const isArgument = error instanceof TypeError && "code" in error;
  console.error(known || isArgument ? error.message : error);
  if (error instanceof UsageError || isArgument) console.error(`\n${usage}`);
  process.exitCode = 1;
}
