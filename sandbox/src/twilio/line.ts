import { performance } from "node:perf_hooks";
import type { Caller, PlayedFrame } from "./caller.ts";
import type { MediaStream } from "./media-stream.ts";
import type { Pacer } from "./pacer.ts";
import { frameBytes, Playout } from "./playout.ts";

/** The sound path of an answered call: the caller's frames in, the player's frames out, every 20 ms. */
export interface Line {
  readonly playout: Playout;
  stream: MediaStream | undefined;
  /** The call is answered: sound flows from now on. */
  start(): void;
  /** Plays mu-law (a <Say>) and resolves when it was heard. */
  play(bytes: Uint8Array): Promise<void>;
  /** Silences the player: the stream or the document that filled it is gone. */
  silence(): void;
  close(): void;
}

export function openLine(caller: Caller, pacer: Pacer): Line {
  const frame: PlayedFrame = { atMs: 0, bytes: new Uint8Array(frameBytes), playedBytes: 0, arrivedAtMs: 0 };
  const waiting = new Map<string, () => void>();
  let promptCount = 0;
  const playout = new Playout((name) => {
    const done = waiting.get(name);
    if (done === undefined) return line.stream?.returnMark(name);
    waiting.delete(name);
    done();
  });

  let leave = () => {};
  const tick = (dueMs: number) => {
    const payload = caller.nextFrame(dueMs);
    line.stream?.sendFrame(payload);
    const { playedBytes, arrivedAtMs } = playout.take(frame.bytes);
    frame.atMs = dueMs;
    frame.playedBytes = playedBytes;
    frame.arrivedAtMs = arrivedAtMs;
    caller.hear?.(frame);
  };

  const line: Line = {
    playout,
    stream: undefined,
    start: () => {
      leave = pacer.add(tick);
    },
    play(bytes) {
      promptCount += 1;
      const name = `\u0000prompt-${promptCount}`;
      playout.push(bytes, performance.now());
      return new Promise((resolve) => {
        waiting.set(name, resolve);
        playout.mark(name);
      });
    },
    silence: () => {
      playout.clear();
    },
    close: () => {
      leave();
      playout.clear();
    },
  };
  return line;
}
