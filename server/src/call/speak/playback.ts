/**
 * The ledger of what was heard. Sound is sent a little ahead of real time; marks that come back move it from sent to heard,
 * and between marks the clock does. `clear` drops what was not played: after it the ledger knows where the sound was cut,
 * and a false barge-in goes on from there.
 */
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
}

export interface HeardReply {
  readonly heard: readonly string[]; // by segment
  readonly unheard: string;
  readonly heardMs: number;
}

export interface Playback {
  begin(piece: Pick<PlaybackPiece, "replyId" | "segment" | "text" | "spokenLength" | "filler">): void;
  append(replyId: string, segment: number, audio: Uint8Array, chars?: number): void;
  endSegment(replyId: string, segment: number): void;
  pause(): void;
  resume(): void;
  /** Forgets the reply: what is left of it is not played. Says what was heard of it. */
  drop(replyId: string): HeardReply;
  onMark(name: string): void;
  /** Nothing of this reply is left to be heard. */
  isDrained(replyId: string): boolean;
  close(): void;
}

/** How far ahead of real time sound is sent: enough for a late timer, little enough that a cut wastes nothing. */
const leadMs = 320;
/** Topped up in pieces of at least this length: fewer, larger messages. */
const topUpMs = 100;

export function createPlayback(options: PlaybackOptions): Playback {
  const { transport, clock, pacer } = options;
  const format = transport.outputFormat;
  const bytesPerSecond = bytesForDuration(format, 1000);
  let pieces: PlaybackPiece[] = [];
  let paused = false;
  let closed = false;
  /** When everything sent will have been played, as far as the clock knows. */
  let bufferedUntilMs = 0;
  /** How much later than the clock says marks come back. */
  let lagMs = 0;
  let generation = 0;
  let marks = 0;
  const pending = new Map<string, { dueMs: number }>();
  const markTargets = new Map<string, Map<PlaybackPiece, number>>();
  let cancelMarkTimer: (() => void) | undefined;

  const aheadMs = () => Math.max(0, bufferedUntilMs - clock.now());
  const unsent = () => pieces.find((piece) => piece.sentBytes < piece.bytes);

  function send(piece: PlaybackPiece, maxMs: number): void {
    const nowMs = clock.now();
    const starts = piece.sentBytes === 0 || bufferedUntilMs <= nowMs;
    const audio = takeUnsent(piece, bytesForDuration(format, maxMs));
    transport.sendAudio(audio);
    bufferedUntilMs = Math.max(bufferedUntilMs, nowMs) + durationOfBytes(format, audio.byteLength);
    if (starts) options.onStarted({ replyId: piece.replyId, filler: piece.filler });
    // A mark where a segment ends and wherever the sound runs out.
    if (piece.sentBytes === piece.bytes && (piece.ended || unsent() === undefined)) sendMark();
  }

  function sendMark(): void {
    const name = `p${generation}.${marks++}`;
    const targets = new Map<PlaybackPiece, number>();
    for (const piece of pieces) if (piece.heardBytes < piece.sentBytes) targets.set(piece, piece.sentBytes);
    pending.set(name, { dueMs: bufferedUntilMs });
    markTargets.set(name, targets);
    transport.sendMark(name);
    armMarkTimer();
  }

  function armMarkTimer(): void {
    cancelMarkTimer?.();
    cancelMarkTimer = undefined;
    if (pending.size === 0 || closed) return;
    const lastDueMs = Math.max(...[...pending.values()].map((mark) => mark.dueMs));
    cancelMarkTimer = clock.setTimer(lastDueMs + lagMs + options.markTimeoutMs - clock.now(), () => {
      options.onMarkMissing();
      const last = [...markTargets.keys()].at(-1);
      if (last !== undefined) reachMark(last);
    });
  }

  function reachMark(name: string): void {
    const targets = markTargets.get(name);
    if (targets === undefined) return;
    for (const [piece, bytes] of targets) piece.heardBytes = Math.max(piece.heardBytes, bytes);
    for (const earlier of [...pending.keys()]) {
      pending.delete(earlier);
      markTargets.delete(earlier);
      if (earlier === name) break;
    }
    armMarkTimer();
    noteHeard();
  }

  function noteHeard(): void {
    let lastReply: string | undefined;
    for (const piece of pieces) {
      if (!piece.ended || piece.heardBytes < piece.bytes || piece.heardNoted) continue;
      piece.heardNoted = true;
      if (!piece.filler) options.onSegmentHeard(piece.replyId, piece.segment);
    }
    for (const piece of pieces) {
      if (piece.heardBytes < piece.bytes) return;
      lastReply = piece.replyId;
    }
    if (lastReply !== undefined && !paused) options.onDrained(lastReply);
  }

  function pump(): boolean {
    if (paused || closed) return false;
    for (let piece = unsent(); piece !== undefined; piece = unsent()) {
      const roomMs = leadMs - aheadMs();
      if (roomMs < Math.min(topUpMs, durationOfBytes(format, piece.bytes - piece.sentBytes))) return true;
      send(piece, Math.floor(roomMs / 20) * 20 || 20);
    }
    return false;
  }

  function pumpNow(): void {
    if (pump()) pacer.keepPumping(pump);
  }

  /** What the clock says was heard by now of everything sent; the rest counts as not sent. */
  function takeBack(): void {
    let unplayedBytes = bytesForDuration(format, Math.max(0, bufferedUntilMs + lagMs - clock.now()));
    for (const piece of pieces.toReversed()) {
      const unheard = Math.min(unplayedBytes, piece.sentBytes - piece.heardBytes);
      unplayedBytes -= unheard;
      piece.heardBytes = piece.sentBytes - unheard;
      piece.sentBytes = piece.heardBytes;
    }
    generation += 1;
    pending.clear();
    markTargets.clear();
    armMarkTimer();
    bufferedUntilMs = clock.now();
  }

  const find = (replyId: string, segment: number) =>
    pieces.find((piece) => piece.replyId === replyId && piece.segment === segment);

  return {
    begin(init) {
      pieces = pieces.filter(
        (piece) => piece.replyId === init.replyId || !piece.ended || piece.heardBytes < piece.bytes,
      );
      pieces.push(createPiece(init));
    },
    append(replyId, segment, audio, chars) {
      const piece = find(replyId, segment);
      if (piece === undefined || audio.byteLength === 0) return;
      piece.chunks.push(audio);
      piece.bytes += audio.byteLength;
      if (chars !== undefined) piece.alignment.push({ bytes: piece.bytes, chars });
      pumpNow();
    },
    endSegment(replyId, segment) {
      const piece = find(replyId, segment);
      if (piece === undefined) return;
      piece.ended = true;
      if (piece.heardBytes >= piece.bytes) noteHeard();
    },
    pause() {
      if (paused) return;
      transport.clear();
      takeBack();
      paused = true;
    },
    resume() {
      paused = false;
      pumpNow();
      noteHeard();
    },
    drop(replyId) {
      const mine = pieces.filter((piece) => piece.replyId === replyId);
      if (!paused && mine.some((piece) => piece.heardBytes < piece.sentBytes)) {
        transport.clear();
        takeBack();
      }
      paused = false;
      pieces = pieces.filter((piece) => piece.replyId !== replyId);
      return summarize(
        mine.filter((piece) => !piece.filler),
        bytesPerSecond,
      );
    },
    onMark(name) {
      const mark = pending.get(name);
      if (mark === undefined) return; // of an earlier generation: dropped by a clear
      const lateMs = Math.max(0, clock.now() - mark.dueMs);
      lagMs += (Math.min(lateMs, 500) - lagMs) * 0.3;
      reachMark(name);
    },
    isDrained: (replyId) => pieces.every((piece) => piece.replyId !== replyId || piece.heardBytes >= piece.bytes),
    close() {
      closed = true;
      cancelMarkTimer?.();
      pieces = [];
    },
  };
}

function summarize(pieces: readonly PlaybackPiece[], bytesPerSecond: number): HeardReply {
  const heard: string[] = [];
  let unheard = "";
  let heardBytes = 0;
  for (const piece of pieces) {
    const text = heardText(piece, bytesPerSecond);
    heard[piece.segment] = text;
    heardBytes += piece.heardBytes;
    const rest = piece.text.slice(text.length).trim();
    if (rest !== "") unheard = unheard === "" ? rest : `${unheard} ${rest}`;
  }
  return { heard, unheard, heardMs: Math.round((heardBytes / bytesPerSecond) * 1000) };
}
