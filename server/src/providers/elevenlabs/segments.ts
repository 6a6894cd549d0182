/**
 * Whose audio is this? The vendor speaks one stream per reply; the engine wants to know of every piece which segment it
 * belongs to. Characters are counted without white space, because the vendor adds and drops some.
 */
import type { AudioFormat } from "../../audio/frame.ts";
import { bytesForDuration, durationOfBytes } from "../../audio/frame.ts";
import type { SpeechEvent } from "../../call/ports.ts";
import type { Alignment } from "./wire.ts";

/** Speaking time of a character, for vendors' answers without alignment. */
const characterMs = 70;

interface Segment {
  readonly text: string;
  readonly letters: number;
  spokenLetters: number;
  /** Where in `text` the spoken letters end. */
  spokenIndex: number;
  audioMs: number;
  isAligned: boolean;
}

const isSpace = (character: string) => /^\s*$/u.test(character);

function countLetters(text: string): number {
  let count = 0;
  for (const character of text) if (!isSpace(character)) count++;
  return count;
}

export class SegmentLedger {
  private readonly format: AudioFormat;
  private readonly emit: (event: SpeechEvent) => void;
  private readonly segments: Segment[] = [];
  /** The segment that the next audio belongs to; one past the last when all have ended. */
  private current = 0;
  /** Audio that came after the last segment's end: it opens the next one. */
  private early: Uint8Array | undefined;

  constructor(format: AudioFormat, emit: (event: SpeechEvent) => void) {
    this.format = format;
    this.emit = emit;
  }

  push(text: string): void {
    this.segments.push({
      text,
      letters: countLetters(text),
      spokenLetters: 0,
      spokenIndex: 0,
      audioMs: 0,
      isAligned: false,
    });
    const { early } = this;
    this.early = undefined;
    if (early) this.give(early);
  }

  /** Takes the next audio of the reply. Alignment times count from this audio's start. */
  take(audio: Uint8Array, alignment: Alignment | undefined): void {
    if (alignment) this.takeAligned(audio, alignment);
    else this.takeUnaligned(audio);
  }

  /** True when every letter pushed so far has been spoken, or by the usual speed ought to have been. */
  get isSpoken(): boolean {
    const segment = this.segments[this.current];
    if (!segment) return true;
    if (this.current < this.segments.length - 1) return false;
    if (segment.isAligned || segment.letters === 0) return segment.spokenLetters >= segment.letters;
    return segment.audioMs >= segment.letters * characterMs * 0.5;
  }

  /** Ends everything pushed so far. */
  finish(): void {
    while (this.current < this.segments.length) this.endCurrent();
  }

  /** What has not been spoken, from the first segment still open. Nothing that was sent is in it. */
  remainder(): { segment: number; text: string }[] {
    return this.segments
      .slice(this.current)
      .map((segment, offset) => ({ segment: this.current + offset, text: unspoken(segment) }));
  }

  private takeAligned(audio: Uint8Array, { chars, startTimesMs }: Alignment): void {
    let from = 0;
    for (let i = 0; i < chars.length; i++) {
      const letters = countLetters(chars[i] ?? "");
      if (letters === 0) continue;
      while (this.isCurrentComplete() && this.current < this.segments.length - 1) {
        const at = bytesForDuration(this.format, startTimesMs[i] ?? 0);
        const cut = Math.max(from, Math.min(at, audio.length));
        this.give(audio.subarray(from, cut));
        from = cut;
        this.endCurrent();
      }
      this.advance(letters);
    }
    this.give(audio.subarray(from));
  }

  private takeUnaligned(audio: Uint8Array): void {
    let rest = audio;
    for (;;) {
      const segment = this.segments[this.current];
      if (!segment || this.current === this.segments.length - 1) break;
      const leftMs =
        segment.isAligned && this.isCurrentComplete()
          ? 0
          : Math.max(0, segment.letters * characterMs - segment.audioMs);
      const cut = bytesForDuration(this.format, leftMs);
      if (cut >= rest.length) break;
      this.give(rest.subarray(0, cut));
      rest = rest.subarray(cut);
      this.endCurrent();
    }
    this.give(rest);
  }

  private isCurrentComplete(): boolean {
    const segment = this.segments[this.current];
    return segment !== undefined && segment.spokenLetters >= segment.letters;
  }

  private advance(letters: number): void {
    const segment = this.segments[this.current];
    if (!segment) return;
    segment.isAligned = true;
    segment.spokenLetters += letters;
    let left = letters;
    while (left > 0 && segment.spokenIndex < segment.text.length) {
      const character = String.fromCodePoint(segment.text.codePointAt(segment.spokenIndex) ?? 0);
      segment.spokenIndex += character.length;
      if (!isSpace(character)) left--;
    }
  }

  private give(audio: Uint8Array): void {
    if (audio.length === 0) return;
    const segment = this.segments[this.current];
    if (!segment) {
      this.early = this.early ? Buffer.concat([this.early, audio]) : audio;
      return;
    }
    segment.audioMs += durationOfBytes(this.format, audio.length);
    const progress = segment.isAligned ? { chars: segment.spokenIndex } : {};
    this.emit({ type: "audio", segment: this.current, audio, ...progress });
  }

  private endCurrent(): void {
    this.emit({ type: "segment-end", segment: this.current });
    this.current++;
  }
}

/** The text after the last word begun; all of it when nothing was sent, nothing when it is unknown how far it got. */
function unspoken(segment: Segment): string {
  if (segment.audioMs === 0) return segment.text;
  if (!segment.isAligned) return "";
  const rest = segment.text.slice(segment.spokenIndex);
  const cutInWord = !/\s$/u.test(segment.text.slice(0, segment.spokenIndex)) && !/^\s/u.test(rest);
  return (cutInWord ? rest.replace(/^\S+/u, "") : rest).trim();
}
