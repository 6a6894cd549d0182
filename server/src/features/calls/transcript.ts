/** A call's words as they were said and heard, out of its events. */
import type { TranscriptTurn } from "@parley/contract/call-record";
import type { CallEvent } from "../../call/call-event.ts";

/** Of these a transcript is made. */
export const transcriptEventTypes = [
  "turn-committed",
  "reply-first-audio",
  "reply-text",
  "segment-heard",
  "reply-finished",
  "turn-latency",
] as const;

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

/** What is known of one reply while the events are read. */
interface Reply {
  readonly replyId: string;
  atMs: number;
  firstAudioMs: number | null;
  readonly texts: Map<number, EventOf<"reply-text">>;
  readonly heard: Set<number>;
  finished?: EventOf<"reply-finished">;
}

/** In the order in which it was said. Erased content leaves the turns out. */
export function toTranscript(events: readonly CallEvent[]): TranscriptTurn[] {
  const replies = new Map<string, Reply>();
  const turns: TranscriptTurn[] = [];
  const replyOf = ({ replyId, atMs }: { replyId: string; atMs: number }) => {
    const known = replies.get(replyId);
    if (known !== undefined) return known;
    const made: Reply = { replyId, atMs, firstAudioMs: null, texts: new Map(), heard: new Set() };
    replies.set(replyId, made);
    return made;
  };
  for (const event of events) {
    if (event.type === "turn-committed") turns.push(...callerTurn(event));
    else if (event.type === "reply-first-audio") replyOf(event).atMs = event.atMs;
    else if (event.type === "reply-text") replyOf(event).texts.set(event.segment, event);
    else if (event.type === "segment-heard") replyOf(event).heard.add(event.segment);
    else if (event.type === "reply-finished") replyOf(event).finished = event;
    else if (event.type === "turn-latency") replyOf(event).firstAudioMs = event.latency.firstAudioMs ?? null;
  }
  for (const reply of replies.values()) turns.push(...agentTurn(reply));
  return turns.toSorted((left, right) => left.atMs - right.atMs);
}

/** Erased content is absent, whatever the type says. */
const contentOf = <C extends object>(event: { content: C }): Partial<C> => event.content ?? {};

function callerTurn(event: EventOf<"turn-committed">): TranscriptTurn[] {
  const { text = "" } = contentOf(event);
  if (text === "") return [];
  return [
    {
      ...{ speaker: "caller", atMs: event.atMs, turnId: event.turnId, replyId: null },
      ...{ text, unheard: "", interrupted: false, phrase: null, firstAudioMs: null },
    },
  ];
}

function agentTurn(reply: Reply): TranscriptTurn[] {
  const { finished, replyId, atMs, firstAudioMs } = reply;
  if (finished?.outcome === "withdrawn") return [];
  const phrase = finished?.phrase ?? reply.texts.values().next().value?.phrase ?? null;
  const { heard = "", unheard = "" } = finished === undefined ? heardSoFar(reply) : contentOf(finished);
  if (heard === "" && unheard === "") return [];
  return [
    {
      ...{ speaker: phrase === "operator-say" ? "operator" : "agent", atMs, replyId, phrase, firstAudioMs },
      turnId: finished?.turnId ?? null,
      text: heard,
      unheard,
      interrupted: finished === undefined || finished.outcome === "interrupted",
    },
  ];
}

/** The call broke off before the reply's end was written. */
function heardSoFar({ texts, heard }: Reply): { heard: string; unheard: string } {
  const segments = [...texts.values()].toSorted((left, right) => left.segment - right.segment);
  const join = (wasHeard: boolean) =>
    segments
      .filter(({ segment }) => heard.has(segment) === wasHeard)
      .map((event) => contentOf(event).text ?? "")
      .join(" ");
  return { heard: join(true), unheard: join(false) };
}

const clockTime = (atMs: number) => {
  const seconds = Math.max(0, Math.floor(atMs / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
};

/** A line for each turn; what was not heard stands in brackets. */
export function toPlainText(turns: readonly TranscriptTurn[]): string {
  const lines = turns.map(({ speaker, atMs, text, unheard, phrase }) => {
    const kind = phrase === null || speaker === "operator" ? "" : ` (${phrase})`;
    const rest = unheard === "" ? "" : ` [not heard: ${unheard}]`;
    return `${clockTime(atMs)} ${speaker}${kind}: ${text}${rest}`;
  });
  return lines.map((line) => `${line.replace(/\s+/g, " ").trim()}\n`).join("");
}
