import { createNoiseFloor, energyMeter, energyOfDbfs } from "../../audio/energy.ts";
import type { AudioFormat } from "../../audio/frame.ts";
import { bytesForDuration, durationOfBytes } from "../../audio/frame.ts";

const bundleMs = 60;
const bundleAfterSilenceMs = 1000;
/** A frame this many times over the line's noise is not silence. */
const voiceOverFloor = 4;
const alwaysSilent = energyOfDbfs(-62);

/** The last stretch of a stream, addressed by position in bytes from the stream's start. */
export interface RecentAudio {
  write(frame: Uint8Array): void;
  /** A copy from `position` (or from the oldest kept) to the end, and where it begins. */
  since(position: number): { bytes: Uint8Array; position: number };
  readonly end: number;
}

export function createRecentAudio(capacity: number): RecentAudio {
  const ring = new Uint8Array(capacity);
  let end = 0;
  return {
    get end() {
      return end;
    },
    write(frame) {
      const kept = frame.length > capacity ? frame.subarray(frame.length - capacity) : frame;
      const at = (end + frame.length - kept.length) % capacity;
      const first = Math.min(kept.length, capacity - at);
      ring.set(kept.subarray(0, first), at);
      if (first < kept.length) ring.set(kept.subarray(first), 0);
      end += frame.length;
    },
    since(position) {
      const from = Math.min(end, Math.max(position, end - capacity, 0));
      const bytes = new Uint8Array(end - from);
      const at = from % capacity;
      const first = Math.min(bytes.length, capacity - at);
      bytes.set(ring.subarray(at, at + first), 0);
      if (first < bytes.length) bytes.set(ring.subarray(0, bytes.length - first), first);
      return { bytes, position: from };
    },
  };
}

export interface Bundler {
  push(frame: Uint8Array): void;
  /** Sends what is held back. */
  flush(): void;
}

/**
 * Sends frames as they come while somebody speaks, and bundles of 60 ms once the line has been silent for a second:
 * socket writes are most of what a call costs. `send` must not keep the bytes.
 */
export function createBundler(format: AudioFormat, send: (bytes: Uint8Array) => void): Bundler {
  const bundle = new Uint8Array(bytesForDuration(format, bundleMs));
  const energyOf = energyMeter(format);
  const floor = createNoiseFloor();
  let held = 0;
  let silentMs = 0;

  const flush = () => {
    if (held === 0) return;
    send(bundle.subarray(0, held));
    held = 0;
  };
  return {
    flush,
    push(frame) {
      const durationMs = durationOfBytes(format, frame.length);
      const energy = energyOf(frame);
      const overFloor = floor.update(energy, durationMs);
      silentMs = overFloor < voiceOverFloor || energy < alwaysSilent ? silentMs + durationMs : 0;
      const fits = held + frame.length <= bundle.length;
      if (silentMs <= bundleAfterSilenceMs || !fits) {
        flush();
        send(frame);
        return;
      }
      bundle.set(frame, held);
      held += frame.length;
      if (held === bundle.length) flush();
    },
  };
}
