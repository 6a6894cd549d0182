/** What waits for one watcher. It is bounded: who reads too slowly is told so and comes back for the rest. */
import type { CallEvent } from "@parley/contract/call-event";
import type { Clock } from "../../kernel/clock.ts";

export type MailItem =
  | { readonly type: "event"; readonly event: CallEvent }
  | { readonly type: "end"; readonly reason: string }
  | { readonly type: "heartbeat" };

/** Read it once. It ends quietly when the signal aborts. */
export interface Mailbox extends AsyncIterable<MailItem> {
  /** False: it was full; what is in it is read, and then `too-slow`. */
  put(item: MailItem): boolean;
  end(reason: string): void;
}

const maxWaiting = 2000;
/** Proxies close what is silent for a minute. */
const heartbeatEveryMs = 15_000;

export function createMailbox(clock: Clock, signal: AbortSignal, maxItems = maxWaiting): Mailbox {
  const items: MailItem[] = [];
  let closed = false;
  let wake = () => {};
  signal.addEventListener("abort", () => wake(), { once: true });

  const end = (reason: string) => {
    if (closed) return;
    closed = true;
    items.push({ type: "end", reason });
    wake();
  };

  /** Resolves when something came, or after the heartbeat's time. */
  const waitForItem = () =>
    new Promise<void>((resolve) => {
      const cancel = clock.setTimer(heartbeatEveryMs, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  return {
    put(item) {
      if (closed) return false;
      if (items.length >= maxItems) {
        end("too-slow");
        return false;
      }
      items.push(item);
      wake();
      return true;
    },
    end,
    async *[Symbol.asyncIterator]() {
      while (!signal.aborted) {
        if (items.length === 0) await waitForItem();
        if (signal.aborted) return;
        yield items.shift() ?? { type: "heartbeat" };
      }
    },
  };
}
