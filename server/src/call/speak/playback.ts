/**
 * The ledger of what was heard. Sound is sent a little ahead of real time; marks that come back move it from sent to heard,
 * and between marks the clock does. `clear` drops what was not played: after it the ledger knows where the sound was cut,
 * and a false barge-in goes on from there.
 */
import type { AudioFormat } from "../../audio/frame.ts";
import { bytesForDuration, durationOfBytes } from "../../audio/frame.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { MediaTransport } from "../ports.ts";
import type { Pacer } from "./pacer.ts";
import type { PlaybackPiece } from "./playback-piece.ts";
import { createPiece, heardText, takeUnsent } from "./playback-piece.ts";

export interface PlaybackOptions {
  readonly transport: Pick<MediaTransport, "outputFormat" | "sendAudio" | "sendMark" | "clear">;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly markTimeoutMs: number;
  /** The first sound of this piece was sent, or sound goes on after the line was still. */
  readonly onStarted: (piece: { replyId: string; filler: boolean }) => void;
  readonly onSegmentHeard: (replyId: string, segment: number) => void;
  /** Everything queued has been heard. */
  readonly onDrained: (replyId: string) => void;
  readonly onMarkMissing: () => void;
  /** Hears what the caller hears. */
  readonly tap?: PlaybackTap;
}

export interface PlaybackTap {
  /** `audio` was sent; it sounds right behind what was sent before (`continues`), or `delayMs` from now. */
  onSent(audio: Uint8Array, when: { continues: boolean; delayMs: number }): void;
  /** The last `bytes` that were sent are not heard. */
  onTakenBack(bytes: number): void;
}

export interface HeardReply {
  /** What was heard, by segment. */
  readonly heard: readonly string[];
  readonly heardMs: number;
}

/** How far ahead of real time sound is sent: enough for a late timer, little enough that a cut wastes nothing. */
const leadMs = 320;
/** Topped up in pieces of at least this length: fewer, larger messages. */
const topUpMs = 100;
/** No line delays its marks longer than this; a larger lateness is a fault, not a lag to reckon with. */
const maxLagMs = 500;

interface Mark {
  readonly dueMs: number;
  /** How much of which piece has been played when it comes back. */
  readonly reached: ReadonlyMap<PlaybackPiece, number>;
}

export class Playback {
  readonly #options: PlaybackOptions;
  readonly #format: AudioFormat;
  readonly #bytesPerSecond: number;
  #pieces: PlaybackPiece[] = [];
  #paused = false;
  #closed = false;
  /** When everything sent will have been played, as far as the clock knows. */
  #bufferedUntilMs = 0;
  /** How much later than the clock says marks come back. */
  #lagMs = 0;
  #markCount = 0;
  #lateMs = 0;
  /** Pieces that a clear cut in two: their silence in between is no lateness. */
  readonly #cut = new WeakSet<PlaybackPiece>();
  readonly #pending = new Map<string, Mark>();
  #cancelMarkTimer: (() => void) | undefined;
  readonly #pump = () => this.#pumpOnce();

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#format = options.transport.outputFormat;
    this.#bytesPerSecond = bytesForDuration(this.#format, 1000);
  }

  begin(init: Pick<PlaybackPiece, "replyId" | "segment" | "text" | "spokenLength" | "filler">): void {
    this.#pieces = this.#pieces.filter(
      (piece) => piece.replyId === init.replyId || !piece.ended || piece.heardBytes < piece.bytes,
    );
    this.#pieces.push(createPiece(init));
  }

  /** `audio`: the next sound of a segment; `chars`: how many of its spoken characters lie before the end of it. */
  append(place: { replyId: string; segment: number }, audio: Uint8Array, chars?: number): void {
    const piece = this.#find(place);
    if (piece === undefined || audio.byteLength === 0) return;
    piece.chunks.push(audio);
    piece.bytes += audio.byteLength;
    if (chars !== undefined) piece.alignment.push({ bytes: piece.bytes, chars });
    this.#pumpNow();
  }

  endSegment(place: { replyId: string; segment: number }): void {
    const piece = this.#find(place);
    if (piece === undefined) return;
    piece.ended = true;
    if (piece.heardBytes >= piece.bytes) this.#noteHeard();
  }

  pause(): void {
    if (this.#paused) return;
    this.#options.transport.clear();
    this.#takeBack();
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pumpNow();
    this.#noteHeard();
  }

  /** Forgets the reply: what is left of it is not played. Says what was heard of it. */
  drop(replyId: string): HeardReply {
    const mine = this.#pieces.filter((piece) => piece.replyId === replyId);
    if (!this.#paused && mine.some((piece) => piece.heardBytes < piece.sentBytes)) {
      this.#options.transport.clear();
      this.#takeBack();
    }
    this.#paused = false;
    this.#pieces = this.#pieces.filter((piece) => piece.replyId !== replyId);
    const heard: string[] = [];
    let heardBytes = 0;
    for (const piece of mine) {
      if (piece.filler) continue;
      heard[piece.segment] = heardText(piece, this.#bytesPerSecond);
      heardBytes += piece.heardBytes;
    }
    return { heard, heardMs: Math.round((heardBytes / this.#bytesPerSecond) * 1000) };
  }

  onMark(name: string): void {
    const mark = this.#pending.get(name);
    if (mark === undefined) return; // dropped by a clear
    const lateMs = Math.max(0, this.#options.clock.now() - mark.dueMs);
    this.#lagMs += (Math.min(lateMs, maxLagMs) - this.#lagMs) * 0.3;
    this.#reachMark(name, mark);
  }

  /** Nothing of this reply is left to be heard. */
  isDrained(replyId: string): boolean {
    return this.#pieces.every((piece) => piece.replyId !== replyId || piece.heardBytes >= piece.bytes);
  }

  /** Milliseconds for which a sentence fell silent in its middle because its sound was not there in time. */
  get lateMs(): number {
    return Math.round(this.#lateMs);
  }

  close(): void {
    this.#closed = true;
    this.#cancelMarkTimer?.();
    this.#pieces = [];
  }

  #find(place: { replyId: string; segment: number }): PlaybackPiece | undefined {
    return this.#pieces.find((piece) => piece.replyId === place.replyId && piece.segment === place.segment);
  }

  #unsent(): PlaybackPiece | undefined {
    return this.#pieces.find((piece) => piece.sentBytes < piece.bytes);
  }

  #pumpNow(): void {
    if (this.#pumpOnce()) this.#options.pacer.keepPumping(this.#pump);
  }

  /** Sends up to the lead. True while there is more to send. */
  #pumpOnce(): boolean {
    if (this.#paused || this.#closed) return false;
    for (let piece = this.#unsent(); piece !== undefined; piece = this.#unsent()) {
      const roomMs = leadMs - Math.max(0, this.#bufferedUntilMs - this.#options.clock.now());
      if (roomMs < Math.min(topUpMs, durationOfBytes(this.#format, piece.bytes - piece.sentBytes))) return true;
      this.#send(piece, Math.floor(roomMs / 20) * 20 || 20);
    }
    return false;
  }

  #send(piece: PlaybackPiece, maxMs: number): void {
    const { clock, transport, onStarted } = this.#options;
    const nowMs = clock.now();
    const starts = piece.sentBytes === 0 || this.#bufferedUntilMs <= nowMs;
    if (piece.sentBytes > 0 && !this.#cut.delete(piece)) this.#lateMs += Math.max(0, nowMs - this.#bufferedUntilMs);
    const audio = takeUnsent(piece, bytesForDuration(this.#format, maxMs));
    transport.sendAudio(audio);
    this.#options.tap?.onSent(audio, { continues: this.#bufferedUntilMs > nowMs, delayMs: this.#lagMs });
    this.#bufferedUntilMs = Math.max(this.#bufferedUntilMs, nowMs) + durationOfBytes(this.#format, audio.byteLength);
    if (starts) onStarted({ replyId: piece.replyId, filler: piece.filler });
    // A mark where a segment ends and wherever the sound runs out.
    if (piece.sentBytes === piece.bytes && (piece.ended || this.#unsent() === undefined)) this.#sendMark();
  }

  #sendMark(): void {
    const name = `p${this.#markCount++}`;
    const reached = new Map<PlaybackPiece, number>();
    for (const piece of this.#pieces) if (piece.heardBytes < piece.sentBytes) reached.set(piece, piece.sentBytes);
    this.#pending.set(name, { dueMs: this.#bufferedUntilMs, reached });
    this.#options.transport.sendMark(name);
    this.#armMarkTimer();
  }

  /** A mark that never comes back must not hold the call: after a while its sound counts as heard. */
  #armMarkTimer(): void {
    this.#cancelMarkTimer?.();
    this.#cancelMarkTimer = undefined;
    const last = [...this.#pending].at(-1);
    if (last === undefined || this.#closed) return;
    const [name, mark] = last;
    const { clock, markTimeoutMs, onMarkMissing } = this.#options;
    this.#cancelMarkTimer = clock.setTimer(mark.dueMs + this.#lagMs + markTimeoutMs - clock.now(), () => {
      onMarkMissing();
      this.#reachMark(name, mark);
    });
  }

  #reachMark(name: string, { reached }: Mark): void {
    for (const [piece, bytes] of reached) piece.heardBytes = Math.max(piece.heardBytes, bytes);
    for (const earlier of [...this.#pending.keys()]) {
      this.#pending.delete(earlier);
      if (earlier === name) break;
    }
    this.#armMarkTimer();
    this.#noteHeard();
  }

  #noteHeard(): void {
    for (const piece of this.#pieces) {
      if (!piece.ended || piece.heardBytes < piece.bytes || piece.heardNoted) continue;
      piece.heardNoted = true;
      if (!piece.filler) this.#options.onSegmentHeard(piece.replyId, piece.segment);
    }
    const last = this.#pieces.at(-1);
    if (last === undefined || this.#paused) return;
    if (this.#pieces.every((piece) => piece.heardBytes >= piece.bytes)) this.#options.onDrained(last.replyId);
  }

  /** What the clock says was heard by now stays heard; the rest counts as not sent. */
  #takeBack(): void {
    const nowMs = this.#options.clock.now();
    let takenBackBytes = 0;
    let unplayedBytes = bytesForDuration(this.#format, Math.max(0, this.#bufferedUntilMs + this.#lagMs - nowMs));
    for (const piece of this.#pieces.toReversed()) {
      const unheard = Math.min(unplayedBytes, piece.sentBytes - piece.heardBytes);
      unplayedBytes -= unheard;
      takenBackBytes += unheard;
      piece.heardBytes = piece.sentBytes - unheard;
      piece.sentBytes = piece.heardBytes;
      this.#cut.add(piece);
    }
    if (takenBackBytes > 0) this.#options.tap?.onTakenBack(takenBackBytes);
    this.#pending.clear();
    this.#armMarkTimer();
    this.#bufferedUntilMs = nowMs;
  }
}
