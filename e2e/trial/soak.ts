/** Many calls for long, and whether a thousand short ones leave anything behind. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Telephone } from "../../sandbox/src/telephone/telephone.ts";
import type { World } from "../world.ts";
import { keepCalling } from "./caller.ts";
import { crashesOf } from "./chaos.ts";

export interface SoakReport {
  readonly calls: number;
  readonly turns: number;
  readonly firstAudioP50Ms: number;
  readonly firstAudioP95Ms: number;
  readonly longestSilenceMs: number;
  readonly problems: readonly string[];
}

export async function runSoak(
  world: World,
  { durationMs, crowd }: { durationMs: number; crowd: number },
): Promise<SoakReport> {
  const reports = await keepCalling(world, { crowd, untilMs: performance.now() + durationMs, turns: 3 });
  const latencies = reports.flatMap(({ firstAudioMs }) => firstAudioMs).sort((left, right) => left - right);
  const quantile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  const problems = reports.flatMap((report) => report.problems.map((problem) => `${report.callSid}: ${problem}`));
  return {
    calls: reports.length,
    turns: latencies.length,
    firstAudioP50Ms: quantile(0.5),
    firstAudioP95Ms: quantile(0.95),
    longestSilenceMs: Math.max(0, ...reports.map((report) => report.longestSilenceMs)),
    problems: [...problems, ...crashesOf(world)],
  };
}

export interface GrowthReport {
  readonly calls: number;
  readonly samplesMb: readonly number[];
  /** Of a straight line through the samples after the warm-up, with twice its standard error. */
  readonly bytesPerCall: number;
  readonly uncertainty: number;
  readonly grows: boolean;
  readonly problems: readonly string[];
}

/** Below this nothing was left behind that a thousand calls could show. */
const tolerableBytesPerCall = 10_000;
const samplesPerRun = 40;
const warmUpShare = 0.3;
const callMs = 1000;

export async function measureGrowth(
  world: World,
  { calls, crowd }: { calls: number; crowd: number },
): Promise<GrowthReport> {
  const samples: { calls: number; bytes: number }[] = [];
  const problems: string[] = [];
  let begun = 0;
  let ended = 0;
  const caller = async () => {
    while (begun < calls) {
      begun += 1;
      const telephone = new Telephone({ hearing: "sound" });
      const call = world.twilio.placeCall({ webhookUrl: world.webhookUrl, caller: telephone });
      const over = call.ended.finally(() => telephone.close());
      if (!(await telephone.waitUntil(() => telephone.ear.utterances.length > 0, 10_000))) problems.push("no greeting");
      await sleep(callMs);
      call.hangUp();
      await over;
      ended += 1;
      if (ended % Math.ceil(calls / samplesPerRun) === 0)
        samples.push({ calls: ended, bytes: memoryOf(world.platform.pid) });
    }
  };
  await Promise.all(Array.from({ length: crowd }, caller));
  const settled = samples.filter((sample) => sample.calls >= calls * warmUpShare);
  const { slope, uncertainty } = fitLine(settled.map((sample) => [sample.calls, sample.bytes]));
  return {
    calls: ended,
    samplesMb: samples.map(({ bytes }) => Math.round(bytes / 1e6)),
    bytesPerCall: Math.round(slope),
    uncertainty: Math.round(uncertainty),
    grows: slope - uncertainty > tolerableBytesPerCall,
    problems: [...problems, ...crashesOf(world)],
  };
}

/** Proportional memory of the platform's own processes; the database's page cache is no leak (Linux). */
function memoryOf(root: number): number {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {} // it ended meanwhile
  }
  let bytes = 0;
  for (const [pid, parent] of parents) {
    if (pid !== root && parent !== root) continue;
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.ts")) continue;
      const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      bytes += Number(kilobytes ?? 0) * 1024;
    } catch {} // it ended meanwhile
  }
  return bytes;
}

function fitLine(points: readonly (readonly [number, number])[]): { slope: number; uncertainty: number } {
  const count = points.length;
  const mean = (pick: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / Math.max(1, count);
  const meanX = mean(([x]) => x);
  const meanY = mean(([, y]) => y);
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (count < 3 || spread === 0) return { slope: 0, uncertainty: 0 };
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, uncertainty: 2 * Math.sqrt(rest / (count - 2) / spread) };
}
