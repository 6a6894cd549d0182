/** Where a call's sound goes; a part of `ports.ts`. */

/** Takes a call's sound as it is certain. Never throws and never waits: what cannot be kept is its own trouble. */
export interface RecordingSink {
  /** The next piece: mu-law, two channels (caller, agent), sample by sample. The bytes are the engine's again when it returns. */
  write(sound: Uint8Array): void;
  /** The call is over; nothing follows. */
  close(): void;
}

/** Asked once for a call that is recorded. */
export type OpenRecording = (format: { readonly sampleRateHz: number }) => RecordingSink;
