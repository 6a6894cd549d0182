/** One turn's timing as bars on a common scale, and the figures a reader compares. */
import type { CallView, TurnTiming } from "./entries.ts";

export type Stage = "endpointing" | "first-token" | "tool" | "first-sentence" | "voice" | "platform";

export interface Bar {
  readonly stage: Stage;
  readonly label: string;
  /** From the moment the caller stopped. */
  readonly startMs: number;
  readonly durationMs: number;
}

export interface Waterfall {
  /** The caller's wait; undefined until it is over. */
  readonly headlineMs: number | undefined;
  /** What ended the wait. */
  readonly endedBy: "audio" | "text";
  readonly bars: readonly Bar[];
}

export const stageLabels: Record<Stage, string> = {
  endpointing: "Endpointing",
  "first-token": "First token",
  tool: "Tool",
  "first-sentence": "First sentence",
  voice: "Voice first byte",
  platform: "Platform",
};

/** Undefined until the turn is committed and answered by somebody. */
export function buildWaterfall(turn: TurnTiming): Waterfall | undefined {
  const { committedAtMs, askedAtMs, latency } = turn;
  if (committedAtMs === undefined || askedAtMs === undefined) return undefined;
  const from = turn.lastVoiceAtMs ?? committedAtMs;
  const endedBy = turn.firstAudioAtMs !== undefined || turn.firstByteAtMs !== undefined ? "audio" : "text";
  const endAtMs = endedBy === "audio" ? turn.firstAudioAtMs : turn.firstTextAtMs;
  const headlineMs = latency?.firstAudioMs ?? (endAtMs === undefined ? undefined : Math.max(0, endAtMs - from));

  const bars: Bar[] = [];
  const add = (kind: Stage | { tool: string }, fromMs: number | undefined, toMs: number | undefined) => {
    if (fromMs === undefined || toMs === undefined || toMs < fromMs) return;
    // Speculation may begin before the caller stopped: the caller's wait does not.
    const startMs = Math.max(0, fromMs - from);
    const durationMs = Math.max(0, toMs - from - startMs);
    const named =
      typeof kind === "string"
        ? { stage: kind, label: stageLabels[kind] }
        : { stage: "tool" as const, label: kind.tool };
    bars.push({ ...named, startMs, durationMs });
  };
  add("endpointing", turn.lastVoiceAtMs, committedAtMs);
  add("first-token", askedAtMs, turn.firstTokenAtMs);
  for (const tool of turn.tools) {
    if (endAtMs === undefined || tool.startedAtMs <= endAtMs)
      add({ tool: tool.name.replaceAll("_", " ") }, tool.startedAtMs, tool.startedAtMs + tool.durationMs);
  }
  add("first-sentence", turn.lastTokenAtMs ?? turn.firstTokenAtMs, turn.firstSentenceAtMs);
  add("voice", turn.firstSentenceAtMs, turn.firstByteAtMs);
  const readyAtMs = Math.max(committedAtMs, turn.firstByteAtMs ?? turn.firstSentenceAtMs ?? committedAtMs);
  add("platform", endAtMs === undefined ? undefined : readyAtMs, endAtMs);
  return { headlineMs, endedBy, bars };
}

/** People notice a pause from about 0.8 s and doubt the line from about 1.5 s. */
export function judgeWait(ms: number): "good" | "fair" | "slow" {
  if (ms <= 800) return "good";
  return ms <= 1500 ? "fair" : "slow";
}

/** The waits of a call in order, for its median and its sparkline. */
export function collectWaits(view: CallView): number[] {
  return Object.values(view.timings)
    .toSorted((a, b) => (a.committedAtMs ?? 0) - (b.committedAtMs ?? 0))
    .flatMap((turn) => buildWaterfall(turn)?.headlineMs ?? []);
}

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)];
  const low = sorted[middle - 1];
  const high = sorted[middle];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
