import type { ElevenLabsSettings } from "./settings.ts";
import { cutPieces, type Piece, type Utterance } from "./utterance.ts";

export type Speaker = {
  /** Sends the text's audio after everything given before it. */
  say(text: string): void;
  /** Calls back once all audio so far has gone, at once when there is none. */
  whenSaid(callback: () => void): void;
  stop(): void;
};

type SpeakerOptions = {
  settings: () => ElevenLabsSettings;
  nowMs: () => number;
  make: (text: string) => Promise<Utterance>;
  onPiece: (piece: Piece, utterance: Utterance) => void;
  /** The fault "cut": the connection must break now. */
  onCut: () => void;
};

/** Waits for due times with one timer at most; `stop` ends the wait that is on. */
function createSleeper(nowMs: () => number): { until(dueMs: number): Promise<void>; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let [stopped, wake] = [false, undefined as (() => void) | undefined];
  return {
    until(dueMs) {
      const waitMs = dueMs - nowMs();
      if (waitMs <= 0.5 || stopped) return Promise.resolve();
      return new Promise((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, waitMs);
      });
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake?.();
    },
  };
}

/** Says texts one after the other at the settable pace. */
export function createSpeaker(options: SpeakerOptions): Speaker {
  const { settings, nowMs } = options;
  const sleeper = createSleeper(nowMs);
  let queue: Promise<void> = Promise.resolve();
  let stopped = false;

  function enqueue(job: () => Promise<void> | void): void {
    queue = queue.then(job).catch(() => options.onCut());
  }

  function judgePiece(piece: Piece): "send" | "cut" | "stall" {
    const { cutAfterMs, stallAfterMs } = settings();
    if (stallAfterMs !== null && piece.fromMs >= stallAfterMs) return "stall";
    return cutAfterMs !== null && piece.fromMs >= cutAfterMs ? "cut" : "send";
  }

  async function sayNow(made: Promise<Utterance>, askedMs: number): Promise<void> {
    const utterance = await made;
    const { firstByteMs, chunkMs, speed } = settings();
    // Each piece is due by the text's own start, so that late timers never add up.
    const startMs = Math.max(askedMs + firstByteMs, nowMs());
    for (const piece of cutPieces(utterance, chunkMs)) {
      await sleeper.until(startMs + piece.fromMs / speed);
      const fate = judgePiece(piece);
      if (stopped) return;
      if (fate === "cut") return options.onCut();
      // A stalled voice never says the rest, nor that it is done.
      if (fate === "stall") return new Promise(() => undefined);
      options.onPiece(piece, utterance);
    }
  }

  return {
    say(text) {
      const askedMs = nowMs();
      const made = options.make(text);
      made.catch(() => undefined);
      enqueue(() => sayNow(made, askedMs));
    },
    whenSaid(callback) {
      enqueue(() => {
        if (!stopped) callback();
      });
    },
    stop() {
      stopped = true;
      sleeper.stop();
    },
  };
}
