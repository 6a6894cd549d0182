/**
 * Tools, exactly once. Reads may run on a turn that is not certain and die with it; a write waits for the commit and for the
 * caller's own word (`authorize-write.ts`), is never cancelled by a barge-in, and the same deed is done once: until a contrary
 * write, its first result answers again.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { CallEventBody, CallEvents } from "../call-event.ts";
import type { ConversationMessage, ToolCall, ToolOutcome, ToolRunner, ToolSpec } from "../ports.ts";
import { authorizeWrite, type WhatIsKnown } from "./authorize-write.ts";
import { cleanOutput, cleanText } from "./clean-output.ts";
import type { ReplyStep, ToolResult } from "./conversation.ts";
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
  /** What was said and heard so far; a write needs the caller's word in it. */
  readonly said: () => readonly ConversationMessage[];
  readonly known: () => WhatIsKnown;
}

export interface ToolWork {
  /** Where the outcome is written. */
  readonly result: ToolResult;
  readonly replyId: string;
  /** Of the reply under way, this one's too. */
  readonly steps: readonly ReplyStep[];
  /** Ends reads. */
  readonly turnSignal: AbortSignal;
  /** True when the turn is committed, false when its reply was withdrawn. */
  readonly whenCommitted: Promise<boolean>;
  readonly onStarted: (effect: "read" | "write") => void;
  /** Where the record of it goes: a reply that is not certain yet holds it back. */
  readonly emit: (body: CallEventBody) => void;
}

const tooSlow = "It is taking too long. Tell the caller, and offer to take a message.";
const notAgreed =
  "Not done yet: the caller has not clearly asked for this, or a detail of it is not theirs. Read all of its details back in one question, such as 'Shall I …?', and do it only after the caller has said yes. If the caller never asked for it, leave it.";

export class ToolDesk {
  readonly #options: ToolDeskOptions;
  /** Writes of this call by their idempotency key. */
  readonly #writes = new Map<string, Promise<ToolOutcome>>();
  /** How often each tool's deeds were undone by a contrary one. */
  readonly #undone = new Map<string, number>();
  /** How many turns of the caller's there were when each tool last did something. */
  readonly #turnsAtDeed = new Map<string, number>();
  readonly #refused = new Set<string>();
  /** For the model: what came too late for the reply that asked for it. */
  readonly #news = new Set<string>();

  constructor(options: ToolDeskOptions) {
    this.#options = options;
  }

  /** Results that came after the caller had been told that it takes too long; told until a reply that knew them was committed. */
  newsFor(whenCommitted: Promise<boolean>): readonly string[] {
    const news = [...this.#news];
    if (news.length === 0) return news;
    void whenCommitted.then((isCommitted) => {
      if (isCommitted) for (const each of news) this.#news.delete(each);
    });
    return news;
  }

  /** Runs one call to its end or its timeout. Never throws. */
  async run(work: ToolWork): Promise<void> {
    const { result, turnSignal, whenCommitted } = work;
    const { call } = result;
    const spec = this.#options.persona().tools.find((candidate) => candidate.name === call.name);
    if (spec === undefined)
      return settle(result, { status: "failed", publicMessage: `There is no tool "${call.name}".` });
    if (spec.effect === "write" && !(await whenCommitted)) return;
    if (spec.effect === "read" && turnSignal.aborted) return;
    if (spec.effect === "write" && !this.#isAuthorized(spec, work)) {
      settle(result, { status: "failed", publicMessage: notAgreed });
      result.trouble = "refused";
      const { replyId, emit } = work;
      const facts = { toolCallId: call.id, replyId, name: call.name };
      return emit({ type: "tool-refused", ...facts, content: { input: call.input } });
    }
    await this.#perform(spec, work);
  }

  async #perform(spec: ToolSpec, { result, replyId, turnSignal, onStarted, emit }: ToolWork): Promise<void> {
    const { events } = this.#options;
    const { call } = result;
    const { effect } = spec;
    onStarted(effect);
    const startedAtMs = events.now();
    const facts = { toolCallId: call.id, replyId, name: call.name };
    emit({ type: "tool-started", ...facts, effect, content: { input: call.input } });
    const finish = (outcome: "ok" | "failed" | "timed-out" | "uncertain") => {
      const durationMs = Math.round(events.now() - startedAtMs);
      emit({ type: "tool-finished", ...facts, outcome, durationMs, content: { output: result.output } });
    };
    const work = effect === "write" ? this.#write(spec, call) : this.#attempt(call, call.id, turnSignal);
    const outcome = await this.#withTimeout(work, spec.timeoutMs ?? this.#options.timeoutMs);
    if (outcome !== undefined) {
      settle(result, outcome);
      return finish(outcome.status);
    }
    emit({ type: "watchdog", reason: "tool-without-result", recovery: "apologize" });
    const stillUnderWay: ToolOutcome = { status: "uncertain", publicMessage: tooSlow };
    settle(result, effect === "write" ? stillUnderWay : { status: "failed", publicMessage: tooSlow });
    finish("timed-out");
    if (effect === "read") return;
    // A late result of a write is kept: the next request to the model shows what really happened.
    void work.then((late) => {
      settle(result, late);
      finish(late.status);
      this.#news.add(newsOf(spec.name, late));
    });
  }

  #keyOf(spec: ToolSpec, call: ToolCall): string {
    const round = this.#undone.get(spec.name) ?? 0;
    return `${this.#options.callId}:${spec.name}:${round}:${normalize(call.input)}`;
  }

  /** What was done already is only told again. */
  #isAuthorized(spec: ToolSpec, { result, steps }: ToolWork): boolean {
    const { said, known, clock } = this.#options;
    const key = this.#keyOf(spec, result.call);
    if (this.#writes.has(key)) return true;
    const verdict = authorizeWrite({
      spec,
      input: result.call.input,
      messages: said(),
      outputs: steps.flatMap((step) => step.results.filter(({ done }) => done).map(({ output }) => output)),
      turnsAtLastDeed: this.#turnsAtDeed.get(spec.name) ?? 0,
      wasRefused: this.#refused.has(key),
      known: known(),
      nowMs: clock.wallNow(),
    });
    if (!verdict.allowed) this.#refused.add(key);
    return verdict.allowed;
  }

  #write(spec: ToolSpec, call: ToolCall): Promise<ToolOutcome> {
    const key = this.#keyOf(spec, call);
    const earlier = this.#writes.get(key);
    if (earlier !== undefined) return earlier;
    const turns = this.#options.said().filter(({ role }) => role === "caller").length;
    const outcome = this.#attempt(call, key, this.#options.callSignal).then((done) => {
      if (done.status === "failed") {
        this.#writes.delete(key); // nothing was done: it may be tried again
        return done;
      }
      this.#turnsAtDeed.set(spec.name, turns);
      for (const name of spec.undoes ?? []) this.#undone.set(name, (this.#undone.get(name) ?? 0) + 1);
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
  #withTimeout(work: Promise<ToolOutcome>, timeoutMs: number): Promise<ToolOutcome | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(timeoutMs, () => resolve(undefined));
      void work.then((outcome) => {
        cancel();
        resolve(outcome);
      });
    });
  }
}

const notCertain = "not certain; do not say that it is done";

/** What a tool gave is data: it is cleaned before a model reads it. */
function settle(result: ToolResult, outcome: ToolOutcome): void {
  result.done = true;
  result.failed = outcome.status !== "ok";
  if (outcome.status === "ok") {
    delete result.trouble;
    result.output = cleanOutput(outcome.output);
    return;
  }
  const error = cleanText(outcome.publicMessage);
  result.trouble = outcome.status;
  result.output = outcome.status === "uncertain" ? { status: notCertain, error } : { error };
}

function newsOf(name: string, outcome: ToolOutcome): string {
  if (outcome.status === "ok") return `${name} took long, and is done now. Tell the caller what its result says.`;
  if (outcome.status === "uncertain") return `${name}: it is still not certain whether it was done. Say so if asked.`;
  return `${name} took long, and has failed: nothing was done. Tell the caller.`;
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
