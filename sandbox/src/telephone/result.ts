import type { LatenessReport, SandboxCall } from "../twilio/index.ts";
import type { PlatformEvents } from "./platform-api.ts";
import type { CallerAct, StepRun } from "./run-steps.ts";
import type { Telephone } from "./telephone.ts";

/** One thing the caller did and what came back. Latencies from the caller's last voiced sample. */
export interface TurnResult {
  readonly kind: CallerAct["kind"] | "answer";
  readonly caller: string;
  readonly heard: string;
  /** To the arrival of the first audio of the reply, and to the moment it sounded. */
  readonly firstAudioMs?: number;
  readonly heardAfterMs?: number;
  /** Barge-ins: from the caller's first sample to the agent's last. */
  readonly silentAfterMs?: number;
}

export interface CallResult {
  readonly scenario: string;
  readonly callSid: string;
  readonly turns: readonly TurnResult[];
  readonly heard: string;
  readonly wordsHeard: boolean;
  readonly setupMs?: number;
  readonly durationMs: number;
  readonly underruns: readonly { readonly atMs: number; readonly gapMs: number }[];
  readonly clears: number;
  /** How often the agent began to speak inside a line of the caller's. */
  readonly talkedOver: number;
  readonly endedBy: string;
  readonly alerts: readonly { readonly code: number; readonly message: string }[];
  readonly failure?: string;
  readonly events: PlatformEvents;
  readonly lateness: LatenessReport;
}

/** Puts together what was said, what was heard, and how long each reply took. */
export function composeTurns(telephone: Telephone, run: StepRun, answeredAtMs: number): TurnResult[] {
  const { ear } = telephone;
  const wordsBetween = (fromMs: number, toMs: number) =>
    ear.words
      .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
      .map(({ text }) => text)
      .join(" ");
  const first = ear.utterances[0];
  const endOf = (index: number) => run.acts[index]?.startedAtMs ?? Number.POSITIVE_INFINITY;
  const greeting: TurnResult = {
    kind: "answer",
    caller: "(answered)",
    heard: wordsBetween(0, endOf(0)),
    ...(first === undefined || first.startedAtMs > endOf(0)
      ? {}
      : {
          firstAudioMs: Math.round(first.arrivedAtMs - answeredAtMs),
          heardAfterMs: Math.round(first.startedAtMs - answeredAtMs),
        }),
  };
  const turns = run.acts.map((act, index): TurnResult => {
    const heard = wordsBetween(act.startedAtMs, endOf(index + 1));
    return {
      kind: act.kind,
      caller: act.text,
      heard,
      ...replyLatency(telephone, act, endOf(index + 1)),
      ...cut(telephone, act),
    };
  });
  return [greeting, ...turns];
}

function countTalkedOver({ ear }: Telephone, { acts }: StepRun): number {
  const lines = acts.filter(({ kind }) => kind === "say");
  return ear.utterances.filter(({ startedAtMs }) =>
    lines.some((act) => startedAtMs > act.startedAtMs && startedAtMs < act.lastVoiceAtMs),
  ).length;
}

function replyLatency({ ear }: Telephone, act: CallerAct, untilMs: number) {
  if (!act.expectReply) return {};
  const reply = ear.utterances.find(({ startedAtMs }) => startedAtMs > act.lastVoiceAtMs && startedAtMs < untilMs);
  if (reply === undefined) return {};
  return {
    firstAudioMs: Math.round(reply.arrivedAtMs - act.lastVoiceAtMs),
    heardAfterMs: Math.round(reply.startedAtMs - act.lastVoiceAtMs),
  };
}

function cut({ ear }: Telephone, act: CallerAct) {
  if (act.kind !== "bargeIn") return {};
  const spoken = ear.utterances.find(
    ({ startedAtMs, lastVoiceAtMs }) => startedAtMs < act.startedAtMs && lastVoiceAtMs > act.startedAtMs - 700,
  );
  return spoken === undefined ? {} : { silentAfterMs: Math.max(0, Math.round(spoken.lastVoiceAtMs - act.startedAtMs)) };
}

export function composeResult(parts: {
  scenario: string;
  telephone: Telephone;
  call: SandboxCall;
  run: StepRun;
  events: PlatformEvents;
  lateness: LatenessReport;
}): CallResult {
  const { telephone, call, run, events } = parts;
  const answeredAtMs = call.answeredAtMs ?? 0;
  const turns = composeTurns(telephone, run, answeredAtMs);
  const detected = telephone.ear.words.map(({ text }) => text).join(" ");
  const setupMs = turns[0]?.heardAfterMs;
  return {
    scenario: parts.scenario,
    callSid: call.sid,
    turns,
    heard: detected === "" ? heardByPlatform(events) : detected,
    wordsHeard: detected !== "",
    ...(setupMs === undefined ? {} : { setupMs }),
    durationMs: Math.round((call.endedAtMs ?? answeredAtMs) - answeredAtMs),
    underruns: telephone.ear.underruns,
    clears: telephone.ear.clears.length,
    talkedOver: countTalkedOver(telephone, run),
    endedBy: call.hungUpBy ?? call.status,
    alerts: call.alerts,
    ...(run.failure === undefined ? {} : { failure: run.failure }),
    events,
    lateness: parts.lateness,
  };
}

/** A voice without words in its sound (the platform's built-in one): the platform's own account of what was heard. */
function heardByPlatform(events: PlatformEvents): string {
  if (!("events" in events)) return "";
  return events.events
    .filter(({ type }) => type === "reply-finished")
    .map((event) => {
      const content: unknown = event["content"];
      const heard = typeof content === "object" && content !== null && "heard" in content ? content.heard : "";
      return typeof heard === "string" ? heard : "";
    })
    .join(" ");
}
