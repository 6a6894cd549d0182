/** A call that is over, as it is read afterwards: what was said, what was done, how it ended. */
import type { CallEvent } from "../../call/call-event.ts";

export interface SpokenTurn {
  readonly speaker: "caller" | "agent" | "operator";
  readonly text: string;
  /** A sentence that is not the model's own. */
  readonly phrase?: string;
}

export interface DoneTool {
  readonly name: string;
  readonly outcome: "ok" | "failed" | "timed-out" | "uncertain" | "unknown";
  readonly input: unknown;
  readonly output: unknown;
}

export interface CallReading {
  readonly turns: readonly SpokenTurn[];
  readonly tools: readonly DoneTool[];
  readonly isTransferred: boolean;
  readonly wantedPerson: boolean;
  readonly isEmergency: boolean;
  /** A HangUpReason, or `connection-lost`. */
  readonly hangUpReason: string;
  readonly durationMs: number;
}

/** Erased content is absent, whatever the type says. */
const contentOf = <C extends object>(event: { content: C }): Partial<C> => event.content ?? {};

function turnOf(event: CallEvent): SpokenTurn[] {
  if (event.type === "turn-committed") {
    const { text = "" } = contentOf(event);
    return text.trim() === "" ? [] : [{ speaker: "caller", text }];
  }
  if (event.type !== "reply-finished" || event.outcome === "withdrawn" || event.phrase === "filler") return [];
  const { heard = "" } = contentOf(event);
  if (heard.trim() === "") return [];
  const speaker = event.phrase === "operator-say" ? "operator" : "agent";
  return [{ speaker, text: heard, ...(event.phrase === undefined ? {} : { phrase: event.phrase }) }];
}

function toolsOf(events: readonly CallEvent[]): DoneTool[] {
  const tools = new Map<string, DoneTool>();
  for (const event of events) {
    if (event.type === "tool-started") {
      const { name } = event;
      tools.set(event.toolCallId, { name, outcome: "unknown", input: contentOf(event).input, output: undefined });
    }
    if (event.type === "tool-finished") {
      const { name, outcome } = event;
      const input = tools.get(event.toolCallId)?.input;
      tools.set(event.toolCallId, { name, outcome, input, output: contentOf(event).output });
    }
  }
  return [...tools.values()];
}

export interface EndedCall {
  readonly hangUpReason: string;
  readonly durationMs: number;
}

export function readCall(events: readonly CallEvent[], { hangUpReason, durationMs }: EndedCall): CallReading {
  return {
    turns: events.flatMap(turnOf),
    tools: toolsOf(events),
    isTransferred: events.some(({ type }) => type === "transfer-started") || hangUpReason === "transferred",
    wantedPerson: events.some(({ type }) => type === "transfer-unavailable"),
    isEmergency: events.some(({ type }) => type === "emergency"),
    ...{ hangUpReason, durationMs },
  };
}

/** The replies that are the agent's own, not the platform's sentences. */
export const answersOf = ({ turns }: CallReading): readonly SpokenTurn[] =>
  turns.filter(({ speaker, phrase }) => speaker === "agent" && phrase === undefined);
