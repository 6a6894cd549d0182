/** What was really said, as the model is told it: the caller's committed words, and of the agent's only what was heard. */
import type { ConversationMessage, ToolCall } from "../ports.ts";

export interface ToolResult {
  readonly call: ToolCall;
  output: unknown;
  failed: boolean;
  done: boolean;
  /** What the caller must hear of, when the model says nothing more. */
  trouble?: ToolTrouble;
}

/** It did not work; nobody knows whether it did; it was not done, because the caller had not agreed. */
export type ToolTrouble = "failed" | "uncertain" | "refused";

/** One round of a reply: words, then the tools it asked for. */
export interface ReplyStep {
  text: string;
  readonly results: ToolResult[];
}

type Entry = { type: "caller"; turnId: string; text: string } | { type: "agent"; steps: readonly ReplyStep[] };

export interface Conversation {
  addCaller(turnId: string, text: string): void;
  /** The turn goes on after all: its words will come again. */
  removeCaller(turnId: string): void;
  /** Results that arrive later are written into the steps and so appear here. */
  addReply(steps: readonly ReplyStep[]): void;
  /** For the next request; `tentative`: words of a turn that is not certain yet. */
  messages(tentative?: string): ConversationMessage[];
  /** All of it, however long: what was said and heard since the call began. */
  everything(): ConversationMessage[];
}

/** Older turns are left out beyond this, so that a long call does not answer slower and slower. */
const maxEntries = 80;

export function createConversation(): Conversation {
  let entries: Entry[] = [];
  return {
    addCaller(turnId, text) {
      entries.push({ type: "caller", turnId, text });
    },
    removeCaller(turnId) {
      entries = entries.filter((entry) => entry.type !== "caller" || entry.turnId !== turnId);
    },
    addReply(steps) {
      if (steps.some((step) => step.text !== "" || step.results.length > 0)) entries.push({ type: "agent", steps });
    },
    messages(tentative) {
      // Dropped in blocks, so that the prefix a vendor caches changes seldom.
      const skip = entries.length <= maxEntries ? 0 : Math.ceil((entries.length - maxEntries) / 20) * 20;
      const messages = entries.slice(skip).flatMap(toMessages);
      if (tentative !== undefined) messages.push({ role: "caller", text: tentative });
      return messages;
    },
    everything: () => entries.flatMap(toMessages),
  };
}

function toMessages(entry: Entry): ConversationMessage[] {
  if (entry.type === "caller") return [{ role: "caller", text: entry.text }];
  return entry.steps.flatMap(stepMessages);
}

export function stepMessages(step: ReplyStep): ConversationMessage[] {
  if (step.results.length === 0) return step.text === "" ? [] : [{ role: "agent", text: step.text }];
  return [
    { role: "agent", text: step.text, toolCalls: step.results.map((result) => result.call) },
    ...step.results.map(
      ({ call, output, failed, done }): ConversationMessage => ({
        role: "tool",
        toolCallId: call.id,
        name: call.name,
        output: done ? output : { status: "still running; its result will follow" },
        failed,
      }),
    ),
  ];
}
