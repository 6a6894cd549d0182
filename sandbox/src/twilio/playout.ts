/** Bytes of mu-law in 20 ms at 8 kHz. */
export const frameBytes = 160;
/** Ten minutes of mu-law: Twilio discards what would go beyond. */
const maxBufferedBytes = 10 * 60 * 8000;
const mulawSilence = 0xff;

interface QueuedAudio {
  readonly bytes: Uint8Array;
  readonly arrivedAtMs: number;
  offset: number;
}

/** What Twilio's player holds for one call: audio and marks in order, consumed 160 bytes every 20 ms. */
export class Playout {
  bufferedBytes = 0;
  readonly #onMark: (name: string) => void;
  #queue: (QueuedAudio | string)[] = [];
  #playing = false;
  readonly #taken = { playedBytes: 0, arrivedAtMs: 0 };

  constructor(onMark: (name: string) => void) {
    this.#onMark = onMark;
  }

  /** False when the ten minutes are full and the audio was discarded. */
  push(bytes: Uint8Array, arrivedAtMs: number): boolean {
    if (this.bufferedBytes + bytes.length > maxBufferedBytes) return false;
    if (bytes.length > 0) this.#queue.push({ bytes, arrivedAtMs, offset: 0 });
    this.bufferedBytes += bytes.length;
    return true;
  }

  /** Comes back through `onMark` once everything pushed before it has been played out; at once when nothing is. */
  mark(name: string): void {
    if (!this.#playing && this.#queue.length === 0) this.#onMark(name);
    else this.#queue.push(name);
  }

  /** Drops the audio and returns every pending mark, in order, at once. Gives the number of bytes dropped. */
  clear(): number {
    const dropped = this.bufferedBytes;
    const pending = this.#queue.filter((entry) => typeof entry === "string");
    this.#queue = [];
    this.bufferedBytes = 0;
    this.#playing = false;
    for (const name of pending) this.#onMark(name);
    return dropped;
  }

  /** The next 20 ms into `frame`, filled up with silence. The answer is reused: read it before the next call. */
  take(frame: Uint8Array): { readonly playedBytes: number; readonly arrivedAtMs: number } {
    this.#emitReachedMarks();
    this.#taken.playedBytes = 0;
    this.#taken.arrivedAtMs = 0;
    const spent = this.#fill(frame);
    if (this.#taken.playedBytes < frameBytes) frame.fill(mulawSilence, this.#taken.playedBytes);
    this.bufferedBytes -= this.#taken.playedBytes;
    this.#playing = this.#taken.playedBytes > 0;
    if (spent > 0) this.#dropSpentAudio(spent);
    return this.#taken;
  }

  #emitReachedMarks(): void {
    for (let entry = this.#queue[0]; typeof entry === "string"; entry = this.#queue[0]) {
      this.#queue.shift();
      this.#onMark(entry);
    }
  }

  /** Gives how many entries of the queue were looked at. */
  #fill(frame: Uint8Array): number {
    const taken = this.#taken;
    let index = 0;
    for (; index < this.#queue.length && taken.playedBytes < frameBytes; index += 1) {
      const entry = this.#queue[index];
      if (entry === undefined || typeof entry === "string") continue;
      if (taken.playedBytes === 0) taken.arrivedAtMs = entry.arrivedAtMs;
      const count = Math.min(frameBytes - taken.playedBytes, entry.bytes.length - entry.offset);
      frame.set(entry.bytes.subarray(entry.offset, entry.offset + count), taken.playedBytes);
      entry.offset += count;
      taken.playedBytes += count;
    }
    return index;
  }

  /** Marks among spent audio stay: they are reached when this frame has been played, at the next one. */
  #dropSpentAudio(looked: number): void {
    const left = this.#queue
      .splice(0, looked)
      .filter((entry) => typeof entry === "string" || entry.offset < entry.bytes.length);
    if (left.length > 0) this.#queue.unshift(...left);
  }
}
