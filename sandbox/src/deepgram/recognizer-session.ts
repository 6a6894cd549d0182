import type { HeardWord, WordDetector } from "../voice/index.ts";
import type { DeepgramSettings } from "./settings.ts";

export type RecognizerOptions<Query> = {
  query: Query;
  requestId: string;
  settings: () => DeepgramSettings;
  send: (message: object) => void;
};

/** What the two generations of the recogniser have in common: audio and messages in, answers out. */
export type RecognizerSession = {
  onWord(word: HeardWord): void;
  onSpeechStart(atMs: number): void;
  /** Every 10 ms of audio. */
  onStep(detector: WordDetector): void;
  /** A text message of the client; false when the vendor would not know it. */
  onMessage(message: { type: string }): boolean;
  /** What goes out before the socket closes normally. */
  finish(): void;
};
