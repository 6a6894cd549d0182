import type { WebSocket } from "ws";

export type Outbox = {
  /** Sends text after `delayMs`, never before what was given earlier. */
  send(text: string, delayMs: number): void;
  /** Closes after everything given before has gone. */
  close(code: number, reason: string): void;
  /** Forgets what waits. */
  drop(): void;
};

/** A socket's messages in order, each held back for its own time with one timer. */
export function createOutbox(socket: WebSocket, nowMs: () => number): Outbox {
  const queue: { dueMs: number; deliver: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lastDueMs = 0;

  function drain(): void {
    timer = undefined;
    for (let next = queue[0]; next; next = queue[0]) {
      const waitMs = next.dueMs - nowMs();
      if (waitMs > 0.5) {
        timer = setTimeout(drain, waitMs);
        return;
      }
      queue.shift();
      next.deliver();
    }
  }

  function schedule(delayMs: number, deliver: () => void): void {
    lastDueMs = Math.max(lastDueMs, nowMs() + delayMs);
    queue.push({ dueMs: lastDueMs, deliver });
    if (!timer) drain();
  }

  return {
    send: (text, delayMs) =>
      schedule(delayMs, () => {
        if (socket.readyState === socket.OPEN) socket.send(text);
      }),
    close: (code, reason) => schedule(0, () => socket.close(code, reason)),
    drop() {
      if (timer) clearTimeout(timer);
      timer = undefined;
      queue.length = 0;
    },
  };
}
