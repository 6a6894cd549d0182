/** Every block of docs/api.md is run, in order, and answers what its first line says. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { changeAgent, getAgent, publishAgent } from "@parley/contract/agent";
import { listCalls } from "@parley/contract/calls";
import { createClient } from "@parley/contract/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilio, type TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { waitUntil } from "./world.ts";

const minute = 60_000;
const guide = readFileSync(join(dirname(import.meta.dirname), "docs", "api.md"), "utf8");
const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
const folder = mkdtempSync(join(tmpdir(), "parley-api-docs-"));
let platform: Platform;
let twilio: TwilioStandIn;

beforeAll(async () => {
  platform = await startPlatform({});
  twilio = await startTwilio({
    accountSid: `AC${"0".repeat(32)}`,
    authToken: platform.twilioToken,
    allowInsecureStreams: true,
  });
  await recordOneCall();
}, minute);
afterAll(async () => {
  await twilio?.close();
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
}, minute);

async function recordOneCall(): Promise<void> {
  const client = createClient({ origin: platform.url, token: () => platform.apiKey });
  const params = { id: "agent_demo" };
  const { revision } = await client.ask(getAgent, { params });
  const config = { recording: { enabled: true, announcement: "" } };
  const changed = await client.ask(changeAgent, { params, body: { revision, config } });
  await client.ask(publishAgent, { params, body: { revision: changed.revision } });
  const call = twilio.placeCall({ webhookUrl: `${platform.url}/telephony/twilio/incoming` });
  await waitUntil(() => call.streams.length > 0);
  await sleep(1500);
  call.hangUp();
  const recorded = async () => (await client.ask(listCalls, { query: { hasRecording: "true" } })).items;
  await waitUntil(async () => (await recorded())[0]?.status === "completed", 20_000);
}

interface Answered {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

function run(block: string, variables: Readonly<Record<string, string>>): Answered {
  const headersPath = join(folder, "headers");
  const script = `set -euo pipefail\ncurl() { command curl -sS -D "${headersPath}" -w '\\n%{http_code}' "$@"; }\n${block}`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...variables },
    encoding: "utf8",
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`${block}\nended with ${status}: ${stderr}`);
  const at = stdout.lastIndexOf("\n");
  return {
    status: Number(stdout.slice(at + 1)),
    body: stdout.slice(0, at),
    headers: readFileSync(headersPath, "utf8"),
  };
}

function valueAt(body: string, path: string): unknown {
  let value: unknown = JSON.parse(body);
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** What a first line says: `# 201: keep "id" as CALL; "reply"; text/csv`. */
function readExpectation(block: string, variables: Readonly<Record<string, string>>) {
  const line = block.split("\n")[0] ?? "";
  const [, status = "", rest = ""] = /^# (\d{3}): (.+)$/.exec(line) ?? [];
  const filled = rest.replace(/\$([A-Z_]+)/g, (_all, name: string) => variables[name] ?? "");
  const kept = [...filled.matchAll(/"([\w.]+)" as ([A-Z_]+)/g)].map(([, path = "", name = ""]) => ({ path, name }));
  const equal = [...filled.matchAll(/"([\w.]+)" is "([^"]+)"/g)].map(([, path = "", value = ""]) => ({ path, value }));
  const told = filled.replace(/"[\w.]+" (as [A-Z_]+|is "[^"]+")/g, "");
  return {
    ...{ line, status: Number(status), kept, equal },
    waits: filled.includes("until "),
    fields: [...told.matchAll(/"([\w.]+)"/g)].map(([, path = ""]) => path),
    contentType: /\b(?:text|audio|application)\/[\w.+-]+/.exec(told)?.[0],
    header: /\b[A-Z]\w+-[A-Z]\w+\b/.exec(told)?.[0],
  };
}

async function runUntilRight(block: string, variables: Readonly<Record<string, string>>): Promise<Answered> {
  const { waits, equal } = readExpectation(block, variables);
  let answered = run(block, variables);
  const isRight = () => equal.every(({ path, value }) => valueAt(answered.body, path) === value);
  for (let attempt = 0; waits && attempt < 100 && !isRight(); attempt++) {
    await sleep(100);
    answered = run(block, variables);
  }
  return answered;
}

test("each block of docs/api.md answers as it says", { timeout: 2 * minute }, async () => {
  expect(blocks.length).toBeGreaterThan(30);
  const variables: Record<string, string> = { PARLEY_URL: platform.url, PARLEY_KEY: platform.apiKey };
  for (const block of blocks) {
    const expected = readExpectation(block, variables);
    const { status, body, headers } = await runUntilRight(block, variables);
    const about = `${block}\n${headers}\n${body.slice(0, 1000)}`;
    expect(status, about).toBe(expected.status);
    for (const { path, value } of expected.equal) expect(valueAt(body, path), about).toBe(value);
    for (const path of expected.fields) expect(valueAt(body, path), `${path} of ${about}`).toBeDefined();
    if (expected.contentType) expect(headers.toLowerCase(), about).toContain(`content-type: ${expected.contentType}`);
    if (expected.header) expect(headers.toLowerCase(), about).toContain(`${expected.header.toLowerCase()}: `);
    for (const { path, name } of expected.kept) {
      const value = valueAt(body, path);
      expect(value, `${path} of ${about}`).toBeDefined();
      variables[name] = String(value);
    }
  }
});

test("every line with curl is in a block that is run", () => {
  const lines = guide.split("\n").filter((line) => /^\s*(?:.*\| )?curl /.test(line));
  expect(lines.length).toBe(blocks.join("").match(/curl /g)?.length);
});
