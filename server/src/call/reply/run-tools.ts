/**
 * Tools, exactly once. Reads may run on a turn that is not certain and die with it; a write waits for the commit, is never
 * cancelled by a barge-in, and the same deed is done once: until a contrary write, its first result answers again.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { CallEventBody, CallEvents } from "../call-event.ts";
import type { ToolCall, ToolOutcome, ToolRunner, ToolSpec } from "../ports.ts";
import type { ToolResult } from "./conversation.ts";
import type { Persona } from "./persona.ts";

export interface ToolDeskOptions {
  readonly callId: string;
  readonly orgId: string;
  /** Whose tools these are now; another agent may have taken the call over. */
  readonly persona: () => Pick<Persona, "agentId" | "tools">;
  readonly runner: ToolRunner;
  readonly clock: Clock;
  readonly events: CallEvents;
  readonly timeoutMs: number;
  readonly callSignal: AbortSignal;
}

export interface ToolWork {
  /** Where the outcome is written. */
  readonly result: ToolResult;
  readonly replyId: string;
  /** Ends reads. */
  readonly turnSignal: AbortSignal;
  /** True when the turn is committed, false when its reply was withdrawn. */
  readonly whenCommitted: Promise<boolean>;
  readonly onStarted: (effect: "read" | "write") => void;
  /** Where the record of it goes: a reply that is not certain yet holds it back. */
  readonly emit: (body: CallEventBody) => void;
}

const tooSlow = "It is taking too long. Tell the caller, and offer to take a message.";

export class ToolDesk {
  readonly #options: ToolDeskOptions;
  /** Writes of this call by their idempotency key. */
  readonly #writes = new Map<string, Promise<ToolOutcome>>();
  /** How often each tool's deeds were undone by a contrary one. */
  readonly #undone = new Map<string, number>();

  constructor(options: ToolDeskOptions) {
    this.#options = options;
  }

  /** Runs one call to its end or its timeout. Never throws. */
  async run({ result, replyId, turnSignal, whenCommitted, onStarted, emit }: ToolWork): Promise<void> {
    const { call } = result;
    const { persona, events } = this.#options;
    const spec = persona().tools.find((candidate) => candidate.name === call.name);
    if (spec === undefined)
      return settle(result, { status: "failed", publicMessage: `There is no tool "${call.name}".` });
    const { effect } = spec;
    if (effect === "write" && !(await whenCommitted)) return;
    if (effect === "read" && turnSignal.aborted) return;
    onStarted(effect);
    const startedAtMs = events.now();
    const facts = { toolCallId: call.id, replyId, name: call.name };
    emit({ type: "tool-started", ...facts, effect, content: { input: call.input } });
    const finish = (outcome: "ok" | "failed" | "timed-out" | "uncertain") => {
      const durationMs = Math.round(events.now() - startedAtMs);
      emit({ type: "tool-finished", ...facts, outcome, durationMs, content: { output: result.output } });
    };
    const work = effect === "write" ? this.#write(spec, call) : this.#attempt(call, call.id, turnSignal);
    const outcome = await this.#withTimeout(work);
    if (outcome !== undefined) {
      settle(result, outcome);
      return finish(outcome.status);
    }
    emit({ type: "watchdog", reason: "tool-without-result", recovery: "apologize" });
    settle(result, { status: "failed", publicMessage: tooSlow });
    finish("timed-out");
    // A late result of a write is kept: the next request to the model shows what really happened.
    void work.then((late) => {
      settle(result, late);
      finish(late.status);
    });
  }

  #write(spec: ToolSpec, call: ToolCall): Promise<ToolOutcome> {
    const round = this.#undone.get(spec.name) ?? 0;
    const key = `${this.#options.callId}:${spec.name}:${round}:${normalize(call.input)}`;
    const earlier = this.#writes.get(key);
    if (earlier !== undefined) return earlier;
    const outcome = this.#attempt(call, key, this.#options.callSignal).then((done) => {
      if (done.status === "failed")
        this.#writes.delete(key); // nothing was done: it may be tried again
      else for (const name of spec.undoes ?? []) this.#undone.set(name, (this.#undone.get(name) ?? 0) + 1);
      return done;
    });
    this.#writes.set(key, outcome);
    return outcome;
  }

  async #attempt(call: ToolCall, idempotencyKey: string, signal: AbortSignal): Promise<ToolOutcome> {
    const { runner, callId, orgId, persona } = this.#options;
    const { agentId } = persona();
    try {
      return await runner.run({ call, callId, orgId, agentId, idempotencyKey, signal });
    } catch {
      return { status: "failed", publicMessage: "It did not work." };
    }
  }

  /** The outcome, or undefined when it takes too long. */
  #withTimeout(work: Promise<ToolOutcome>): Promise<ToolOutcome | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(this.#options.timeoutMs, () => resolve(undefined));
      void work.then((outcome) => {
        cancel();
        resolve(outcome);
      });
    });
  }
}

function settle(result: ToolResult, outcome: ToolOutcome): void {
  result.done = true;
  result.failed = outcome.status !== "ok";
  result.output = outcome.status === "ok" ? outcome.output : { error: outcome.publicMessage };
}

/** The same arguments in any order and spelling of spaces and case are the same deed. */
function normalize(input: unknown): string {
  if (Array.isArray(input)) return `[${input.map(normalize).join(",")}]`;
  if (typeof input === "object" && input !== null) {
    const entries = Object.entries(input).filter(([, value]) => value !== undefined && value !== null && value !== "");
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${normalize(value)}`)
      .join(",")}}`;
  }
  return String(input).trim().toLowerCase().replace(/\s+/g, " ");
}
