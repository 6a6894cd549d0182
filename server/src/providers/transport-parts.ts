/** What the sockets of carriers and browsers share on their way to the engine. */
import type { RawData } from "ws";
import type { TransportHandler } from "../call/ports.ts";

/** What may arrive between `start` and the engine: 20 s of frames. */
const maxHeld = 1000;

export function bytesOf(data: RawData): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
}

/** Hands events to the engine, and keeps those that come before it is there. */
export class HandlerDoor {
  private handler: TransportHandler | undefined;
  private held: ((handler: TransportHandler) => void)[] = [];

  open(handler: TransportHandler): void {
    this.handler = handler;
    const early = this.held;
    this.held = [];
    for (const run of early) run(handler);
  }

  deliver(run: (handler: TransportHandler) => void): void {
    if (this.handler) run(this.handler);
    else if (this.held.length < maxHeld) this.held.push(run);
  }

  /** Fifty a second for each call: no closure on the usual way. */
  deliverAudio(frame: Uint8Array): void {
    if (this.handler) this.handler.onAudio(frame);
    else this.deliver((handler) => handler.onAudio(frame));
  }

  /** Kept however much is held: an engine that comes late must still hear that the call is over. */
  deliverClose(reason: "caller-hung-up" | "connection-lost"): void {
    if (this.handler) this.handler.onClose(reason);
    else this.held.push((late) => late.onClose(reason));
  }
}

/** Marks sent and not yet answered; a name may be under way more than once. */
export class PendingMarks {
  private readonly counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** False when none of that name is under way. */
  take(name: string): boolean {
    const count = this.counts.get(name);
    if (count === undefined) return false;
    if (count > 1) this.counts.set(name, count - 1);
    else this.counts.delete(name);
    return true;
  }

  /** Forgets all and tells their names. */
  clear(): string[] {
    const names = [...this.counts.keys()];
    this.counts.clear();
    return names;
  }
}
