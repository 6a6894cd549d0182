/**
 * Sends the events of watched calls to the API process: in batches, one in flight for each call, so that the API's pace is
 * kept. A call nobody watches costs one comparison an event; the voice never waits.
 */
import type { CallEvent } from "@parley/contract/call-event";
import type { EventSink } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";

export interface WatchedCallsOptions {
  readonly clock: Clock;
  /** Resolves with whether anybody still watches. */
  readonly send: (callId: string, events: readonly CallEvent[]) => Promise<{ wanted: boolean }>;
  /** The API was too slow: the watch is over. */
  readonly onDropped: (callId: string) => void;
}

export interface WatchedCalls {
  /** The call may be announced only. Returns the number of the first event that will be sent. */
  watch(callId: string): number;
  /** Give it every event of the call. */
  open(callId: string): EventSink;
  /** The call is over, or did not come; what is queued is still sent. */
  close(callId: string): void;
}

interface Watch {
  events: CallEvent[];
  sending: boolean;
  scheduled: boolean;
  /** Counts who asked, so that an old "not wanted" does not end a new wish. */
  wishes: number;
}

interface Entry {
  nextSeq: number;
  watch: Watch | undefined;
}

const batchEveryMs = 40;
const maxBatch = 200;
/** Events that wait for the API; a busy call makes about ten a second. */
const maxQueued = 2000;

export function createWatchedCalls(options: WatchedCallsOptions): WatchedCalls {
  return new Watching(options);
}

class Watching implements WatchedCalls {
  readonly #options: WatchedCallsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: WatchedCallsOptions) {
    this.#options = options;
  }

  watch(callId: string): number {
    const entry = this.#entryOf(callId);
    entry.watch ??= { events: [], sending: false, scheduled: false, wishes: 0 };
    entry.watch.wishes += 1;
    return entry.nextSeq;
  }

  open(callId: string): EventSink {
    const entry = this.#entryOf(callId);
    return (event) => {
      entry.nextSeq = event.seq + 1;
      if (entry.watch !== undefined) this.#take(callId, entry, event);
    };
  }

  close(callId: string): void {
    this.#entries.delete(callId);
  }

  #entryOf(callId: string): Entry {
    const known = this.#entries.get(callId) ?? { nextSeq: 0, watch: undefined };
    this.#entries.set(callId, known);
    return known;
  }

  #take(callId: string, entry: Entry, event: CallEvent): void {
    const { watch } = entry;
    if (watch === undefined) return;
    if (watch.events.length >= maxQueued) {
      entry.watch = undefined;
      return this.#options.onDropped(callId);
    }
    watch.events.push(event);
    this.#schedule(callId, entry, watch);
  }

  #schedule(callId: string, entry: Entry, watch: Watch): void {
    if (watch.sending || watch.scheduled) return;
    watch.scheduled = true;
    this.#options.clock.setTimer(batchEveryMs, () => {
      watch.scheduled = false;
      void this.#send(callId, entry, watch);
    });
  }

  async #send(callId: string, entry: Entry, watch: Watch): Promise<void> {
    watch.sending = true;
    const { wishes } = watch;
    const { wanted } = await this.#options
      .send(callId, watch.events.splice(0, maxBatch))
      .catch(() => ({ wanted: false }));
    watch.sending = false;
    if (entry.watch !== watch) return;
    if (!wanted && watch.wishes === wishes) entry.watch = undefined;
    else if (watch.events.length > 0) this.#schedule(callId, entry, watch);
  }
}
