/**
 * Tools, exactly once. Reads may run on a turn that is not certain and die with it; a write waits for the commit, is never
 * cancelled by a barge-in, and the same deed is done once: until a contrary write, its first result answers again.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { CallEventBody, CallEvents } from "../call-event.ts";
import type { ToolCall, ToolOutcome, ToolRunner, ToolSpec } from "../ports.ts";
import type { ToolResult } from "./conversation.ts";

export interface ToolDesk {
  /** Runs one call to its end or its timeout. Never throws. */
  run(request: {
    readonly result: ToolResult;
    readonly replyId: string;
    /** Ends reads. */
    readonly turnSignal: AbortSignal;
    /** True when the turn is committed, false when its reply was withdrawn. */
    readonly whenCommitted: Promise<boolean>;
    readonly onStarted: (effect: "read" | "write") => void;
    /** Where the record of it goes: a reply that is not certain yet holds it back. */
    readonly emit: (body: CallEventBody) => void;
  }): Promise<void>;
}

export interface ToolDeskOptions {
  readonly callId: string;
  readonly orgId: string;
  readonly specs: readonly ToolSpec[];
  readonly runner: ToolRunner;
  readonly clock: Clock;
  readonly events: CallEvents;
  readonly timeoutMs: number;
  readonly callSignal: AbortSignal;
}

export function createToolDesk(options: ToolDeskOptions): ToolDesk {
  const { clock, events, specs, runner } = options;
  /** Writes done in this call: key → its outcome and how many contrary writes there had been. */
  const writes = new Map<string, Promise<ToolOutcome>>();
  /** How often each tool's deeds were undone by a contrary one. */
  const undone = new Map<string, number>();

  function write(spec: ToolSpec, call: ToolCall): Promise<ToolOutcome> {
    const round = undone.get(spec.name) ?? 0;
    const idempotencyKey = `${options.callId}:${spec.name}:${round}:${normalize(call.input)}`;
    const earlier = writes.get(idempotencyKey);
    if (earlier !== undefined) return earlier;
    const outcome = attempt(call, idempotencyKey, options.callSignal).then((done) => {
      if (done.status === "failed")
        writes.delete(idempotencyKey); // nothing was done: it may be tried again
      else for (const name of spec.undoes ?? []) undone.set(name, (undone.get(name) ?? 0) + 1);
      return done;
    });
    writes.set(idempotencyKey, outcome);
    return outcome;
  }

  async function attempt(call: ToolCall, idempotencyKey: string, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      return await runner.run({ call, callId: options.callId, orgId: options.orgId, idempotencyKey, signal });
    } catch (error) {
      return {
        status: "failed",
        publicMessage: error instanceof Error && error.name === "AbortError" ? "It was stopped." : "It did not work.",
      };
    }
  }

  /** The outcome, or undefined when it takes too long; a late one still reaches `settle`. */
  function withTimeout(work: Promise<ToolOutcome>): Promise<ToolOutcome | undefined> {
    return new Promise((resolve) => {
      const cancel = clock.setTimer(options.timeoutMs, () => resolve(undefined));
      void work.then((outcome) => {
        cancel();
        resolve(outcome);
      });
    });
  }

  function settle(result: ToolResult, outcome: ToolOutcome): void {
    result.done = true;
    result.failed = outcome.status === "failed";
    result.output = outcome.status === "ok" ? outcome.output : { error: outcome.publicMessage };
  }

  return {
    async run({ result, replyId, turnSignal, whenCommitted, onStarted, emit }) {
      const { call } = result;
      const spec = specs.find((candidate) => candidate.name === call.name);
      if (spec === undefined)
        return settle(result, { status: "failed", publicMessage: `There is no tool "${call.name}".` });
      if (spec.effect === "write" && !(await whenCommitted)) return;
      if (turnSignal.aborted && spec.effect === "read") return;
      onStarted(spec.effect);
      const startedAtMs = events.now();
      emit({
        type: "tool-started",
        toolCallId: call.id,
        replyId,
        name: call.name,
        effect: spec.effect,
        content: { input: call.input },
      });
      const work = spec.effect === "write" ? write(spec, call) : attempt(call, call.id, turnSignal);
      const outcome = await withTimeout(work);
      const finish = (name: "ok" | "failed" | "timed-out", output: unknown) =>
        emit({
          type: "tool-finished",
          toolCallId: call.id,
          replyId,
          name: call.name,
          outcome: name,
          durationMs: Math.round(events.now() - startedAtMs),
          content: { output },
        });
      if (outcome !== undefined) {
        settle(result, outcome);
        return finish(outcome.status, result.output);
      }
      events.emit({ type: "watchdog", reason: "tool-without-result", recovery: "apologize" });
      result.failed = true;
      result.done = true;
      result.output = { error: "It is taking too long. Tell the caller, and offer to take a message." };
      // A late result of a write is kept: the next request to the model shows what really happened.
      void work.then((late) => {
        settle(result, late);
        finish(late.status, result.output);
      });
      finish("timed-out", result.output);
    },
  };
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
