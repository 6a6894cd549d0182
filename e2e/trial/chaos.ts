/** Every vendor breaks and mends at random while calls run: nobody is left without an answer, nothing crashes. */
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../rough-frames.ts";
import type { World } from "../world.ts";
import { type CallerReport, keepCalling } from "./caller.ts";

/** The idle prompt itself comes after eight seconds. */
const longestSilenceMs = 8500;

const healthy = {
  model: {
    refuseStatus: null,
    cutAfterTokens: null,
    errorAfterTokens: null,
    stallAfterTokens: null,
    malformedAfterTokens: null,
  },
  voice: { refuseStatus: null, cutAfterMs: null, stallAfterMs: null, garbage: false, firstByteMs: 80 },
  ears: { refuseStatus: null, closeAfterMs: null, mute: false, garbage: false, processingDelayMs: 0 },
} as const;

const modelFaults = [
  { refuseStatus: 401 },
  { refuseStatus: 429 },
  { refuseStatus: 500 },
  { cutAfterTokens: 5 },
  { errorAfterTokens: 9 },
  { stallAfterTokens: 0 },
  { stallAfterTokens: 7 },
  { malformedAfterTokens: 3 },
];
const voiceFaults = [
  { refuseStatus: 401 },
  { refuseStatus: 503 },
  { cutAfterMs: 700 },
  { stallAfterMs: 700 },
  { stallAfterMs: 0 },
  { garbage: true },
  { firstByteMs: 1500 },
];
const earFaults = [
  { refuseStatus: 401 },
  { refuseStatus: 503 },
  { closeAfterMs: 3000 },
  { closeAfterMs: 2000, closeCode: 1006 },
  { mute: true },
  { garbage: true },
  { processingDelayMs: 1500 },
];

/** Every so often each vendor is well or ill anew. */
async function breakThings(world: World, { untilMs, seed }: { untilMs: number; seed: number }): Promise<number> {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]) => (random() < 0.5 ? undefined : list[Math.floor(random() * list.length)]);
  let changes = 0;
  while (performance.now() < untilMs) {
    world.openAi.setFaults({ ...healthy.model, ...pick(modelFaults) });
    world.elevenLabs.setFaults({ ...healthy.voice, ...pick(voiceFaults) });
    world.deepgram.setFaults({ ...healthy.ears, ...pick(earFaults) });
    changes += 1;
    await sleep(2000 + random() * 4000);
  }
  world.openAi.setFaults(healthy.model);
  world.elevenLabs.setFaults(healthy.voice);
  world.deepgram.setFaults(healthy.ears);
  return changes;
}

export interface ChaosReport {
  readonly calls: number;
  readonly turns: number;
  readonly changes: number;
  readonly longestSilenceMs: number;
  readonly problems: readonly string[];
}

export async function runChaos(
  world: World,
  { durationMs, crowd, seed }: { durationMs: number; crowd: number; seed: number },
): Promise<ChaosReport> {
  const untilMs = performance.now() + durationMs;
  const [reports, changes] = await Promise.all([
    keepCalling(world, { crowd, untilMs, turns: 3 }),
    breakThings(world, { untilMs, seed }),
  ]);
  return {
    calls: reports.length,
    turns: reports.reduce((sum, { turns }) => sum + turns, 0),
    changes,
    longestSilenceMs: Math.max(0, ...reports.map((report) => report.longestSilenceMs)),
    problems: [...reports.flatMap(problemsOf), ...crashesOf(world)],
  };
}

function problemsOf({ callSid, longestSilenceMs: silenceMs, problems }: CallerReport): string[] {
  const silent = silenceMs > longestSilenceMs ? [`silence of ${silenceMs} ms`] : [];
  return [...problems, ...silent].map((problem) => `${callSid}: ${problem}`);
}

/** What the platform's log says of itself that a healthy one never says. */
export function crashesOf({ platform }: World): string[] {
  const ended = platform.exitCode() === undefined ? [] : ["the platform ended"];
  const lines = platform.output().split("\n");
  const bad = lines.filter((line) =>
    /"category":"bug"|uncaught|unhandled|process ended|TypeError|RangeError/i.test(line),
  );
  return [...ended, ...new Set(bad.map((line) => line.slice(0, 300)))];
}
