/**
 * `npm run bench -- --only api-load`: 20 calls alone, and 20 calls beside 10,000 requests a minute to the API of the same machine,
 * in turns. Parley has one core, the vendors, the telephones and the traffic the other.
 */
import { loadavg } from "node:os";
import { signUp } from "@parley/contract/auth";
import { listCalls } from "@parley/contract/calls";
import { createClient } from "@parley/contract/client";
import { createContact } from "@parley/contract/contacts";
import { order, otherCore, platformCore, runLoad, type Spread, spread, whyVoid } from "./measure-run.ts";
import type { LoadReport, TrafficOrder, TrafficReport } from "./messages.ts";
import { type Platform, startPlatform, type Vendors } from "./platform.ts";
import { forkPinned, nextMessage } from "./processes.ts";

/** `one`: a core for all of Parley; what it cannot answer there is asked later. `both`: it shares them with the telephones, vendors and traffic. */
export type PlatformCores = "one" | "both";

export interface ApiLoadFigures {
  readonly cores: PlatformCores;
  readonly alone: Spread;
  readonly beside: Spread;
  readonly framesLate: { readonly alone: number; readonly beside: number };
  readonly traffic: readonly TrafficReport[];
  readonly failures: readonly string[];
  readonly void: string | undefined;
  /** Of the machine before anything was started. */
  readonly loadAverage: number;
}

export const wantedChangeMs = 20;
const rounds = 2;
const calls = {
  turnsPerCall: 6,
  bargeIn: false,
  speculation: true,
  model: "nova-3",
  name: "api-load",
} as const;
const generous = "100000000";

async function prepare(platform: Platform): Promise<TrafficOrder> {
  const { url, apiKey } = platform;
  const client = createClient({ origin: url, token: () => apiKey });
  const person = { email: "bench@example.org", password: "a long sentence is best", name: "Bench" };
  await client.ask(signUp, { body: person });
  const { id: contactId } = await client.ask(createContact, { body: { name: "Person" } });
  const { items } = await client.ask(listCalls, { query: {} });
  return { ...{ url, apiKey, contactId }, callId: items[0]?.id ?? "", email: person.email, password: person.password };
}

interface Parts {
  readonly platform: Platform;
  readonly load: ReturnType<typeof forkPinned>;
  readonly vendors: ReturnType<typeof forkPinned>;
  readonly asked: TrafficOrder;
}

async function besideTraffic({
  platform,
  load,
  asked,
}: Parts): Promise<{ report: LoadReport; traffic: TrafficReport }> {
  const traffic = forkPinned("traffic.ts", otherCore);
  try {
    traffic.send(asked);
    const report = await runLoad(load, order(platform, { ...calls, calls: 20 }));
    traffic.send("stop");
    return { report, traffic: await nextMessage<TrafficReport>(traffic) };
  } finally {
    traffic.disconnect();
  }
}

async function compare(
  parts: Parts,
  { loadAverage, cores }: Pick<ApiLoadFigures, "loadAverage" | "cores">,
): Promise<ApiLoadFigures> {
  const alone: LoadReport[] = [];
  const beside: LoadReport[] = [];
  const traffic: TrafficReport[] = [];
  const voided: string[] = [];
  for (let round = 0; round < rounds; round++) {
    parts.vendors.send("reset");
    alone.push(await runLoad(parts.load, order(parts.platform, { ...calls, calls: 20 })));
    const measured = await besideTraffic(parts);
    beside.push(measured.report);
    traffic.push(measured.traffic);
    parts.vendors.send("report");
    const { loopP99Ms } = await nextMessage<{ loopP99Ms: number }>(parts.vendors);
    for (const report of [alone.at(-1), beside.at(-1)]) {
      const why = report && whyVoid(report, loopP99Ms);
      if (why !== undefined) voided.push(why);
    }
  }
  const firstAudio = (reports: readonly LoadReport[]) =>
    spread(reports.flatMap(({ turns }) => turns.map(({ firstAudioMs }) => firstAudioMs)));
  const late = (reports: readonly LoadReport[]) => reports.reduce((sum, { framesLate }) => sum + framesLate, 0);
  return {
    ...{ cores, alone: firstAudio(alone), beside: firstAudio(beside), traffic, loadAverage },
    framesLate: { alone: late(alone), beside: late(beside) },
    failures: [...alone, ...beside].flatMap(({ failures }) => failures),
    void: voided[0],
  };
}

export async function measureApiLoad(cores: PlatformCores): Promise<ApiLoadFigures> {
  const [loadAverage = 0] = loadavg();
  const vendorsProcess = forkPinned("vendors.ts", otherCore);
  const vendors = await nextMessage<Vendors>(vendorsProcess);
  const limits = ["ADDRESS", "STRICT", "ACCOUNT", "API_KEY", "ORGANIZATION"];
  const platform = await startPlatform({
    ...{ core: cores === "one" ? platformCore : `${platformCore},${otherCore}`, vendors },
    env: Object.fromEntries(limits.map((name) => [`RATE_LIMIT_${name}`, generous])),
  });
  const load = forkPinned("load.ts", otherCore);
  try {
    await runLoad(load, order(platform, { ...calls, calls: 1, turnsPerCall: 1 }));
    return await compare(
      { platform, load, vendors: vendorsProcess, asked: await prepare(platform) },
      { loadAverage, cores },
    );
  } finally {
    load.disconnect();
    await platform.stop();
    vendorsProcess.disconnect();
  }
}

const arrangements: Readonly<Record<PlatformCores, string>> = {
  one: "Every process of Parley shares one core, PostgreSQL and the dashboard included; it answers as many as that allows.",
  both: "Every process shares two cores: Parley with PostgreSQL and the dashboard, the telephones, the vendors and the traffic.",
};

export function renderApiLoad(
  { cores, alone, beside, framesLate, traffic, failures, loadAverage, void: voided }: ApiLoadFigures,
  about: { machine: string; node: string },
): string {
  const change = beside.p95 - alone.p95;
  const row = (name: string, { p50, p95, max, count }: Spread, late: number) =>
    `| ${name} | ${p50} / ${p95} | ${max} | ${count} | ${late} |`;
  const rates = traffic.map(
    ({ perMinute, p50, p99, statuses, errors }) =>
      `- ${Math.round(perMinute)} answers a minute, p50 ${p50} ms, p99 ${p99} ms, ${errors} broken; by status: ${JSON.stringify(statuses)}`,
  );
  return `# Calls beside API traffic

\`npm run bench -- --only api-load-${cores}\` on ${about.machine}, Node ${about.node}; load average before: ${loadAverage.toFixed(2)}. 20 calls, first alone, then beside 10,000
requests a minute (lists, details, search, statistics, live calls, contacts written, text calls, sign-ins, CSV imports, uploads of sound, pages
of the dashboard), ${rounds} times in turn. ${arrangements[cores]}
${voided === undefined ? "" : `\nVoid: ${voided}.\n`}
| | first audio p50 / p95 ms | max | turns | frames late |
|---|---|---|---|---|
${row("calls alone", alone, framesLate.alone)}
${row("beside the traffic", beside, framesLate.beside)}

The p95 changes by ${change} ms (wanted: less than ${wantedChangeMs}). Failures: ${failures.length}.

${rates.join("\n")}
`;
}
