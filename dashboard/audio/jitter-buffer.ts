/**
 * Evens out sound that arrives in bursts. Starts when it holds the target, grows the target when it ran dry in the middle of
 * speech, and knows when each mark's sound has really been played. Runs in an AudioWorklet.
 */
export interface JitterBufferOptions {
  readonly rateHz: number;
  /** Held before sound starts. */
  readonly targetMs?: number;
  readonly maxTargetMs?: number;
  /** Length of the fade when sound is cut. */
  readonly fadeMs?: number;
}

/** Sound that comes back within this time after the buffer ran dry was late, not a new sentence. */
const lateWithinMs = 250;
const growthMs = 25;

interface Mark {
  readonly name: string;
  /** Counted from the first sample ever queued. */
  readonly at: number;
}

export class JitterBuffer {
  readonly #rateHz: number;
  readonly #maxTarget: number;
  readonly #fade: number;
  #target: number;
  #chunks: Float32Array[] = [];
  #buffered = 0;
  /** Samples ever queued and ever played. */
  #queuedTotal = 0;
  #playedTotal = 0;
  #marks: Mark[] = [];
  #state: "dry" | "filling" | "playing" = "dry";
  #drySamples = Number.POSITIVE_INFINITY;
  #fillingSamples = 0;
  #underruns = 0;

  constructor({ rateHz, targetMs = 70, maxTargetMs = 200, fadeMs = 5 }: JitterBufferOptions) {
    this.#rateHz = rateHz;
    this.#target = this.#samples(targetMs);
    this.#maxTarget = this.#samples(maxTargetMs);
    this.#fade = this.#samples(fadeMs);
  }

  push(samples: Float32Array): void {
    if (samples.length === 0) return;
    if (this.#state === "dry") {
      if (this.#drySamples < this.#samples(lateWithinMs)) this.#grow();
      this.#state = "filling";
      this.#fillingSamples = 0;
    }
    this.#chunks.push(samples);
    this.#buffered += samples.length;
    this.#queuedTotal += samples.length;
  }

  /** The mark is reached when everything queued before it has been pulled. */
  mark(name: string): void {
    this.#marks.push({ name, at: this.#queuedTotal });
  }

  /** Drops what was not played, but for a fade of a few milliseconds. Its marks are never reached. */
  clear(): void {
    this.#marks = [];
    const tail = new Float32Array(this.#state === "playing" ? Math.min(this.#fade, this.#buffered) : 0);
    this.#take(tail);
    for (let index = 0; index < tail.length; index++)
      tail[index] = (tail[index] ?? 0) * (1 - (index + 1) / tail.length);
    this.#chunks = tail.length > 0 ? [tail] : [];
    this.#buffered = tail.length;
    this.#queuedTotal = this.#playedTotal + tail.length;
    // What follows a cut is a new start, however soon it comes.
    this.#drySamples = Number.POSITIVE_INFINITY;
    if (this.#state === "filling" || tail.length === 0) this.#state = "dry";
  }

  /** Fills `output` with the next samples (silence where there are none) and returns the marks reached. */
  pull(output: Float32Array): string[] {
    if (this.#state === "filling") {
      this.#fillingSamples += output.length;
      // An utterance shorter than the target is not held for ever.
      if (this.#buffered >= this.#target || this.#fillingSamples > this.#target) this.#state = "playing";
    }
    const taken = this.#state === "playing" ? this.#take(output) : 0;
    output.fill(0, taken);
    this.#playedTotal += taken;
    if (this.#state === "playing" && this.#buffered === 0) {
      this.#state = "dry";
      if (this.#drySamples !== Number.POSITIVE_INFINITY || taken > this.#fade) this.#drySamples = 0;
    } else if (this.#state === "dry") this.#drySamples += output.length;
    return this.#reachedMarks();
  }

  stats(): { bufferedMs: number; targetMs: number; underruns: number } {
    const toMs = (samples: number) => Math.round((samples / this.#rateHz) * 1000);
    return { bufferedMs: toMs(this.#buffered), targetMs: toMs(this.#target), underruns: this.#underruns };
  }

  #grow(): void {
    this.#underruns++;
    this.#target = Math.min(this.#maxTarget, this.#target + this.#samples(growthMs));
  }

  #reachedMarks(): string[] {
    const reached = this.#marks.filter((mark) => mark.at <= this.#playedTotal);
    if (reached.length > 0) this.#marks = this.#marks.filter((mark) => mark.at > this.#playedTotal);
    return reached.map((mark) => mark.name);
  }

  #take(output: Float32Array): number {
    let filled = 0;
    while (filled < output.length) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const count = Math.min(chunk.length, output.length - filled);
      output.set(chunk.subarray(0, count), filled);
      filled += count;
      if (count === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(count);
    }
    this.#buffered -= filled;
    return filled;
  }

  #samples(ms: number): number {
    return Math.round((this.#rateHz * ms) / 1000);
  }
}
