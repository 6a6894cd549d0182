/**
 * Calls as they happen, for those who watch: what is stored, then what the media process sends, in order and without a gap.
 * Works for a call in any media process of the node, and ends with the reason when the call or its process does.
 */
import type { CallEvent } from "@parley/contract/call-event";
import type { LiveMessage } from "@parley/contract/calls";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { sleep } from "../../kernel/clock.ts";
import type { ProcessLink } from "../process-link.ts";
import type { CallFact } from "../process-messages.ts";
import type { CallBook } from "./call-book.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";

/** Of the stored calls, what a watcher starts with. */
interface StoredCalls {
  get(
    orgId: string,
    callId: string,
  ): Promise<{ readonly status: string; readonly hangUpReason: string | null } | undefined>;
  events(
    orgId: string,
    callId: string,
    query: { limit: number; cursor?: string },
  ): Promise<{ items: CallEvent[]; nextCursor: string | null } | undefined>;
}

export interface LiveCallsParts {
  readonly clock: Clock;
  readonly link: ProcessLink;
  readonly book: CallBook;
  readonly calls: StoredCalls;
}

export type LiveItem = LiveMessage | { readonly type: "heartbeat" };

export interface WatchRequest {
  readonly orgId: string;
  readonly callId: string;
  /** Number of the last event that is known; -1: none. */
  readonly afterSeq: number;
  readonly signal: AbortSignal;
}

export interface LiveCalls {
  /** Throws AppError `not_found` for what is no call of this organisation; resolves when the stream can begin. */
  watch(request: WatchRequest): Promise<AsyncIterable<LiveItem>>;
  /** Throws AppError `not_found`. */
  requireCall(orgId: string, callId: string): Promise<void>;
  onFact(fact: CallFact): void;
}

const storedPage = 500;
/** Of one organisation, on one node: each holds a connection and what waits for it. */
const maxWatchers = 200;
/** How long a call that nobody carries may still be open in the record. */
const settleAttempts = 10;
const settleEveryMs = 300;
/** What a media process that says "ended" still has on its way. */
const lastEventsMs = 3000;

export function createLiveCalls(parts: LiveCallsParts): LiveCalls {
  return new Watchers(parts);
}

interface Watching {
  readonly mailbox: Mailbox;
  readonly watched: { readonly found: boolean; readonly nextSeq: number };
  readonly leave: () => void;
}

class Watchers implements LiveCalls {
  readonly #parts: LiveCallsParts;
  readonly #byCall = new Map<string, Set<Mailbox>>();
  readonly #watchersOf = new Map<string, number>();

  constructor(parts: LiveCallsParts) {
    this.#parts = parts;
    parts.link.onRequest("liveEvents", async ({ callId, events }) => ({ wanted: this.#deliver(callId, events) }));
    parts.link.onNotice("watchDropped", ({ callId }) => this.#end(callId, "too-slow"));
  }

  async watch(request: WatchRequest): Promise<AsyncIterable<LiveItem>> {
    const { orgId, callId, signal } = request;
    await this.requireCall(orgId, callId);
    signal.throwIfAborted();
    const release = this.#admit(orgId);
    const mailbox = createMailbox(this.#parts.clock, signal);
    this.#add(callId, mailbox);
    const leave = () => {
      this.#remove(callId, mailbox);
      release();
    };
    signal.addEventListener("abort", leave, { once: true });
    const watched = await this.#parts.link.request("watch", { callId }).catch(() => ({ found: false, nextSeq: 0 }));
    return this.#read(request, { mailbox, watched, leave });
  }

  /** What is returned gives the place back, once. Throws AppError `too_many_requests`. */
  #admit(orgId: string): () => void {
    const count = this.#watchersOf.get(orgId) ?? 0;
    if (count >= maxWatchers) {
      throw new AppError("too_many_requests", {
        publicMessage: `Only ${maxWatchers} streams of an organisation are open at a time. Close one first.`,
        retryAfterMs: 5000,
      });
    }
    this.#watchersOf.set(orgId, count + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const left = (this.#watchersOf.get(orgId) ?? 1) - 1;
      if (left > 0) this.#watchersOf.set(orgId, left);
      else this.#watchersOf.delete(orgId);
    };
  }

  onFact(fact: CallFact): void {
    const { callId } = fact;
    if (!this.#byCall.has(callId)) return;
    if (fact.kind === "lost") this.#end(callId, "connection-lost");
    if (fact.kind === "expired") this.#end(callId, "expired");
    // Its last event, which ends the stream by itself, may still be on its way.
    if (fact.kind === "ended") this.#parts.clock.setTimer(lastEventsMs, () => this.#end(callId, fact.reason));
  }

  /** An announced call is not stored yet: the book knows it. */
  async requireCall(orgId: string, callId: string): Promise<void> {
    if (this.#parts.book.find(callId)?.orgId === orgId) return;
    if ((await this.#parts.calls.get(orgId, callId)) === undefined)
      throw new AppError("not_found", { publicMessage: "There is no such call." });
  }

  async *#read(
    { orgId, callId, afterSeq }: WatchRequest,
    { mailbox, watched, leave }: Watching,
  ): AsyncGenerator<LiveItem> {
    try {
      let lastSeq = afterSeq;
      const untilSeq = watched.found ? watched.nextSeq : Number.POSITIVE_INFINITY;
      for await (const event of this.#stored(orgId, callId, { afterSeq, untilSeq })) {
        lastSeq = event.seq;
        yield { type: "event", event };
        if (event.type === "call-ended") return yield { type: "end", reason: event.reason };
      }
      if (!watched.found) return yield* this.#lastOf({ orgId, callId, lastSeq });
      lastSeq = Math.max(lastSeq, untilSeq - 1);
      for await (const item of mailbox) {
        if (item.type === "event" && item.event.seq <= lastSeq) continue;
        yield item;
        if (item.type === "event" && item.event.type === "call-ended")
          return yield { type: "end", reason: item.event.reason };
        if (item.type === "end") return;
      }
    } finally {
      leave();
    }
  }

  async *#stored(
    orgId: string,
    callId: string,
    { afterSeq, untilSeq }: { afterSeq: number; untilSeq: number },
  ): AsyncGenerator<CallEvent> {
    for (let cursor = afterSeq; ; ) {
      const query = cursor < 0 ? { limit: storedPage } : { limit: storedPage, cursor: String(cursor) };
      const page = await this.#parts.calls.events(orgId, callId, query);
      for (const event of page?.items ?? []) {
        if (event.seq >= untilSeq) return;
        yield event;
      }
      const last = page?.items.at(-1);
      if (typeof page?.nextCursor !== "string" || last === undefined) return;
      cursor = last.seq;
    }
  }

  /** The call is over, but perhaps not yet in the record: its last events are on their way, or a dead process's are closed. */
  async *#lastOf({
    orgId,
    callId,
    lastSeq,
  }: {
    orgId: string;
    callId: string;
    lastSeq: number;
  }): AsyncGenerator<LiveItem> {
    let seq = lastSeq;
    for (let attempt = 0; ; attempt++) {
      const call = await this.#parts.calls.get(orgId, callId);
      for await (const event of this.#stored(orgId, callId, { afterSeq: seq, untilSeq: Number.POSITIVE_INFINITY })) {
        seq = event.seq;
        yield { type: "event", event } as const;
      }
      if (call?.status === "live" && attempt < settleAttempts) await sleep(this.#parts.clock, settleEveryMs);
      else return yield { type: "end", reason: call?.hangUpReason ?? "connection-lost" } as const;
    }
  }

  /** False when nobody watches. */
  #deliver(callId: string, events: readonly CallEvent[]): boolean {
    const mailboxes = this.#byCall.get(callId);
    if (mailboxes === undefined) return false;
    for (const mailbox of [...mailboxes]) {
      const kept = events.every((event) => mailbox.put({ type: "event", event }));
      if (!kept) this.#remove(callId, mailbox);
    }
    return this.#byCall.has(callId);
  }

  #end(callId: string, reason: string): void {
    for (const mailbox of this.#byCall.get(callId) ?? []) mailbox.end(reason);
    this.#byCall.delete(callId);
  }

  #add(callId: string, mailbox: Mailbox): void {
    const mailboxes = this.#byCall.get(callId) ?? new Set();
    this.#byCall.set(callId, mailboxes.add(mailbox));
  }

  #remove(callId: string, mailbox: Mailbox): void {
    const mailboxes = this.#byCall.get(callId);
    mailboxes?.delete(mailbox);
    if (mailboxes?.size === 0) this.#byCall.delete(callId);
  }
}
