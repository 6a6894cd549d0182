/** One row of the table: starts everything fresh, places the calls, and takes the figures. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadOrder, LoadReport } from "./messages.ts";
import { type Platform, startPlatform, type Vendors } from "./platform.ts";
import { costOfTree, forkPinned, nextMessage } from "./processes.ts";

export interface RunOptions {
  readonly name: string;
  readonly calls: number;
  readonly turnsPerCall: number;
  readonly bargeIn: boolean;
  readonly speculation: boolean;
  readonly model: string;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly count: number;
}

export interface RunFigures {
  readonly name: string;
  readonly calls: number;
  readonly firstAudio: Spread;
  readonly setup: Spread;
  readonly silentAfter: Spread;
  readonly floorMs: number;
  readonly framesPlayed: number;
  readonly framesLate: number;
  readonly cpuPercentPerCall: number;
  readonly memoryMbPerCall: number;
  readonly readyMs: number;
  readonly voiceActivityShare: number | undefined;
  readonly failures: readonly string[];
  /** Why the run proves nothing: the telephones or the vendors were late themselves. */
  readonly void: string | undefined;
}

export const platformCore = 0;
export const otherCore = 1;
/** endpoint 300 + first token 300 + tokens of the first clause + first byte 150. "Yes, of course we can." is 7 tokens, the boundary is seen with the 8th. */
const clauseTokens = 8;
export const floorMs = 300 + 300 + ((clauseTokens - 1) * 1000) / 50 + 150;

export async function measureRun(options: RunOptions): Promise<RunFigures> {
  const vendorsProcess = forkPinned("vendors.ts", otherCore);
  const vendors = await nextMessage<Vendors>(vendorsProcess);
  const platform = await startPlatform({
    core: platformCore,
    vendors,
    env: { PREEMPTIVE_GENERATION: options.speculation ? "on" : "off", DEEPGRAM_MODEL: options.model },
  });
  const load = forkPinned("load.ts", otherCore);
  try {
    // One call to warm everything up: code, sockets, the greeting's frames.
    await runLoad(load, order(platform, { ...options, calls: 1, turnsPerCall: 1, bargeIn: false }));
    vendorsProcess.send("reset");
    const before = costOfTree(platform.pid);
    const startedAt = performance.now();
    let peakBytes = before.memoryBytes;
    const sampler = setInterval(() => {
      peakBytes = Math.max(peakBytes, costOfTree(platform.pid).memoryBytes);
    }, 2000);
    const report = await runLoad(load, order(platform, options));
    clearInterval(sampler);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = costOfTree(platform.pid);
    vendorsProcess.send("report");
    const { loopP99Ms } = await nextMessage<{ loopP99Ms: number }>(vendorsProcess);
    return {
      name: options.name,
      calls: options.calls,
      firstAudio: spread(report.turns.map((turn) => turn.firstAudioMs)),
      setup: spread(report.setupMs),
      silentAfter: spread(report.silentAfterMs),
      floorMs,
      framesPlayed: report.framesPlayed,
      framesLate: report.framesLate,
      cpuPercentPerCall: ((after.cpuSeconds - before.cpuSeconds) / seconds / options.calls) * 100,
      memoryMbPerCall: (peakBytes - before.memoryBytes) / options.calls / 1e6,
      readyMs: Math.round(platform.readyMs),
      voiceActivityShare: await voiceActivityShare(platform, report),
      failures: report.failures,
      void: whyVoid(report, loopP99Ms),
    };
  } finally {
    load.disconnect();
    await platform.stop();
    vendorsProcess.disconnect();
  }
}

export function order(platform: Platform, options: Pick<RunOptions, "calls" | "turnsPerCall" | "bargeIn">): LoadOrder {
  const { calls, turnsPerCall, bargeIn } = options;
  return {
    webhookUrl: `${platform.url}/telephony/twilio/incoming`,
    accountSid: `AC${"5a".repeat(16)}`,
    authToken: platform.authToken,
    calls,
    turnsPerCall,
    bargeIn,
    rampMs: Math.min(20_000, calls * 100),
  };
}

export async function runLoad(load: ReturnType<typeof forkPinned>, loadOrder: LoadOrder): Promise<LoadReport> {
  load.send(loadOrder);
  return nextMessage<LoadReport>(load);
}

export function whyVoid({ telephone }: LoadReport, vendorLoopP99Ms: number): string | undefined {
  if (telephone.p95Ms > 8) return `the telephones were late (p95 ${telephone.p95Ms} ms)`;
  if (vendorLoopP99Ms > 25) return `the vendors were late (p99 ${vendorLoopP99Ms.toFixed(1)} ms)`;
  return undefined;
}

/** From the stored record of one call: what share of frames the voice activity model saw. */
async function voiceActivityShare(platform: Platform, { callSids }: LoadReport): Promise<number | undefined> {
  await sleep(700);
  const headers = { authorization: `Bearer ${platform.apiKey}` };
  const get = async (path: string) =>
    (await (await fetch(`${platform.url}${path}`, { headers })).json()) as {
      items?: { id?: string; type?: string; voiceActivityShare?: number }[];
    };
  try {
    const id = (await get(`/api/v1/calls?externalId=${callSids.at(-1)}`)).items?.[0]?.id;
    const events = await get(`/api/v1/calls/${id}/events?limit=1000`);
    return events.items?.find((event) => event.type === "media-stats")?.voiceActivityShare;
  } catch {
    return undefined;
  }
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}
