import { z } from "zod";

const ms = z.number().int().min(0);

/** How the stand-in behaves. The defaults are a healthy vendor. */
export const elevenLabsSettingsSchema = z.object({
  /** From a text's arrival to its first audio. */
  firstByteMs: ms.default(80),
  /** Audio is made so many times faster than it sounds. */
  speed: z.number().min(0.1).max(1_000).default(10),
  /** Sound in one frame. */
  chunkMs: ms.min(20).max(1_000).default(100),
  voice: z.enum(["synthetic", "espeak"]).default("synthetic"),
  contextCap: z.number().int().min(1).default(5),
  /** In place of the query's inactivity_timeout, which knows whole seconds only. */
  inactivityTimeoutMs: ms.nullable().default(null),
  /** HTTP requests that may run at a time; one more is 429. */
  maxConcurrent: z.number().int().min(0).nullable().default(null),
  refuseStatus: z.number().int().min(400).max(599).nullable().default(null),
  /** A wrong key on a socket: refused at the upgrade (403), or by an error frame and close 1008. */
  rejectKeyBy: z.enum(["upgrade", "frame"]).default("upgrade"),
  /** Breaks the connection once a text has so much audio sent. */
  cutAfterMs: ms.nullable().default(null),
  /** Sends nothing more of any text once it has so much audio sent. */
  stallAfterMs: ms.nullable().default(null),
  /** Frames that are no JSON; over HTTP random bytes. */
  garbage: z.boolean().default(false),
});

export type ElevenLabsSettings = z.output<typeof elevenLabsSettingsSchema>;
