/** Twenty milliseconds as the caller's ear gets them. The object and its bytes are reused: copy what you keep. */
export interface PlayedFrame {
  /** When the frame starts to sound (performance.now() time). */
  atMs: number;
  /** 160 bytes of mu-law, filled up with silence. */
  readonly bytes: Uint8Array;
  /** How many of them came from the platform. */
  playedBytes: number;
  /** When the message that carried the first of them arrived. */
  arrivedAtMs: number;
}

/** Whoever holds the telephone at the other end. Every method is called on the shared pacing timer: keep them short. */
export interface Caller {
  /** Base64 of the 160 mu-law bytes that end at `dueMs`; undefined when the network lost them. */
  nextFrame(dueMs: number): string | undefined;
  hear?(frame: PlayedFrame): void;
  /** The platform emptied the player (barge-in). */
  onClear?(droppedBytes: number, atMs: number): void;
  onStream?(): void;
}

/** Base64 of 20 ms of mu-law silence. */
export const silentFrame: string = Buffer.alloc(160, 0xff).toString("base64");

export const silentCaller: Caller = { nextFrame: () => silentFrame };
