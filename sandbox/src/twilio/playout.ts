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
export interface Playout {
  /** False when the ten minutes are full and the audio was discarded. */
  push(bytes: Uint8Array, arrivedAtMs: number): boolean;
  /** Comes back through `onMark` once everything pushed before it has been played out; at once when nothing is. */
  mark(name: string): void;
  /** Drops the audio and returns every pending mark, in order, at once. Gives the number of bytes dropped. */
  clear(): number;
  /** The next 20 ms into `frame` (filled with silence where audio is missing). */
  take(frame: Uint8Array): { readonly playedBytes: number; readonly arrivedAtMs: number };
  readonly bufferedBytes: number;
}

export function createPlayout(onMark: (name: string) => void): Playout {
  const queue: (QueuedAudio | string)[] = [];
  let head = 0;
  let bufferedBytes = 0;
  let playing = false;
  const taken = { playedBytes: 0, arrivedAtMs: 0 };

  function shift(): void {
    head += 1;
    if (head > 512 && head * 2 > queue.length) {
      queue.splice(0, head);
      head = 0;
    }
  }

  function emitReachedMarks(): void {
    for (let entry = queue[head]; typeof entry === "string"; entry = queue[head]) {
      shift();
      onMark(entry);
    }
  }

  function fill(frame: Uint8Array): void {
    let index = head;
    for (let entry = queue[index]; entry !== undefined && taken.playedBytes < frameBytes; entry = queue[index]) {
      index += 1;
      if (typeof entry === "string") continue;
      if (taken.playedBytes === 0) taken.arrivedAtMs = entry.arrivedAtMs;
      const count = Math.min(frameBytes - taken.playedBytes, entry.bytes.length - entry.offset);
      frame.set(entry.bytes.subarray(entry.offset, entry.offset + count), taken.playedBytes);
      entry.offset += count;
      taken.playedBytes += count;
    }
  }

  /** Marks stay where they are until the audio before them is spent: they are reached when that audio has been played. */
  function dropSpentAudio(): void {
    let kept = head;
    for (let index = head; index < queue.length; index += 1) {
      const entry = queue[index];
      if (typeof entry === "string") {
        queue[kept] = entry;
        kept += 1;
        continue;
      }
      if (entry === undefined || entry.offset < entry.bytes.length) {
        queue.splice(kept, index - kept);
        return;
      }
    }
    queue.length = kept;
  }

  return {
    push(bytes, arrivedAtMs) {
      if (bufferedBytes + bytes.length > maxBufferedBytes) return false;
      if (bytes.length > 0) queue.push({ bytes, arrivedAtMs, offset: 0 });
      bufferedBytes += bytes.length;
      return true;
    },
    mark(name) {
      if (!playing && head === queue.length) onMark(name);
      else queue.push(name);
    },
    clear() {
      const dropped = bufferedBytes;
      const pending = queue.slice(head).filter((entry) => typeof entry === "string");
      queue.length = 0;
      head = 0;
      bufferedBytes = 0;
      playing = false;
      for (const name of pending) onMark(name);
      return dropped;
    },
    take(frame) {
      emitReachedMarks();
      taken.playedBytes = 0;
      taken.arrivedAtMs = 0;
      fill(frame);
      if (taken.playedBytes < frameBytes) frame.fill(mulawSilence, taken.playedBytes);
      bufferedBytes -= taken.playedBytes;
      playing = taken.playedBytes > 0;
      if (playing) dropSpentAudio();
      return taken;
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
  };
}
