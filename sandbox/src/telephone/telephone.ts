import type { Caller } from "../twilio/index.ts";
import { synthesize, type VoiceName } from "../voice/index.ts";
import { Ear } from "./ear.ts";
import {
  createLineSound,
  joinSamples,
  type LineQuality,
  type LineSound,
  makeSilence,
  type Track,
} from "./line-sound.ts";

/** When something the caller uttered went over the line (pacer time). */
export interface UtteredLine {
  readonly startedAtMs: number;
  readonly lastVoiceAtMs: number;
}

export interface TelephoneOptions {
  readonly language?: string;
  readonly voice?: VoiceName;
  readonly line?: LineQuality;
  /** "sound" leaves the words unheard: far cheaper, for load. */
  readonly hearing?: "words" | "sound";
}

interface Utterance {
  readonly track: Track;
  next: number;
  startedAtMs: number;
  readonly done: (uttered: UtteredLine | undefined) => void;
}

const frameMs = 20;

/** A telephone with a mouth and an ear. One call each. */
export class Telephone implements Caller {
  readonly ear: Ear;
  readonly #sound: LineSound;
  readonly #options: TelephoneOptions;
  readonly #queue: Utterance[] = [];
  readonly #watchers = new Set<() => void>();
  #idleAt = 0;
  /** The last thing the caller said or keyed: what the agent says after it is an answer. */
  lastLine: UtteredLine | undefined;
  #closed = false;

  constructor(options: TelephoneOptions = {}) {
    this.#options = options;
    this.#sound = createLineSound(options.line ?? {});
    this.ear = new Ear(options.hearing ?? "words");
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ready frames of a line; "[800]" in the text is a pause of 800 ms. Prepare before the moment it is needed. */
  async prepare(text: string): Promise<Track> {
    const { language = "en", voice = "espeak" } = this.#options;
    const parts = await Promise.all(
      text.split(/(\[\d+\])/).map(async (part) => {
        const pause = /^\[(\d+)\]$/.exec(part);
        if (pause !== null) return makeSilence(Number(pause[1]));
        return (await synthesize({ text: part, language, sampleRateHz: 8000, voice })).samples;
      }),
    );
    return this.#sound.track(joinSamples(parts));
  }

  prepareSamples(samples: Int16Array): Track {
    return this.#sound.track(samples);
  }

  /** Says it, after what is being said. Resolves when it has been said; undefined when the call ended first. */
  utter(track: Track): Promise<UtteredLine | undefined> {
    if (this.#closed || track.frames.length === 0) return Promise.resolve(undefined);
    return new Promise((done) => this.#queue.push({ track, next: 0, startedAtMs: 0, done }));
  }

  /** Waits, frame by frame, until `condition` holds; false when `withinMs` passed or the call ended. */
  waitUntil(condition: () => boolean, withinMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + withinMs;
    return new Promise((resolve) => {
      const look = (): void => {
        const holds = condition();
        if (!holds && !this.#closed && performance.now() < deadlineMs) return;
        this.#watchers.delete(look);
        resolve(holds);
      };
      this.#watchers.add(look);
      look();
    });
  }

  nextFrame(dueMs: number): string | undefined {
    const payload = this.#speak(dueMs) ?? this.#idle();
    return this.#sound.isLost() ? undefined : payload;
  }

  hear(frame: Parameters<Ear["hear"]>[0]): void {
    this.ear.hear(frame);
    for (const look of this.#watchers) look();
  }

  onClear(droppedBytes: number, atMs: number): void {
    this.ear.cleared(droppedBytes, atMs);
  }

  /** The call is over: everything waited for comes back at once. */
  close(): void {
    this.#closed = true;
    for (const utterance of this.#queue.splice(0)) utterance.done(undefined);
    for (const look of this.#watchers) look();
  }

  /** The frame that is sent at `dueMs` holds the 20 ms before it. */
  #speak(dueMs: number): string | undefined {
    const utterance = this.#queue[0];
    if (utterance === undefined) return undefined;
    if (utterance.next === 0) utterance.startedAtMs = dueMs - frameMs;
    const payload = utterance.track.frames[utterance.next];
    utterance.next += 1;
    if (utterance.next >= utterance.track.frames.length) {
      this.#queue.shift();
      const { startedAtMs, track } = utterance;
      const uttered = { startedAtMs, lastVoiceAtMs: startedAtMs + track.lastVoiceMs };
      this.lastLine = uttered;
      utterance.done(uttered);
    }
    return payload;
  }

  #idle(): string | undefined {
    const { idle } = this.#sound;
    this.#idleAt = (this.#idleAt + 1) % idle.length;
    return idle[this.#idleAt];
  }
}
