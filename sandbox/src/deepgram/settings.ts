import { z } from "zod";

const ms = z.number().int().min(0);

const isCloseCode = (code: number): boolean =>
  (code >= 1_000 && code <= 1_003) || (code >= 1_006 && code <= 1_014) || (code >= 3_000 && code <= 4_999);

/** How the stand-in behaves. The defaults are a healthy vendor. */
export const deepgramSettingsSchema = z.object({
  /** Held back before every answer, beside what the audio itself takes. A large one is the fault "slow". */
  processingDelayMs: ms.default(0),
  /** Audio time between two interims (Nova) or updates (Flux). */
  interimEveryMs: ms.min(20).default(250),
  /** Nova freezes a segment (is_final) after so much audio even when nobody pauses. */
  segmentMs: ms.min(500).default(5_000),
  /** Silence after which Flux is 0.4 sure of the turn's end. */
  eagerSilenceMs: ms.min(20).default(120),
  /** Silence after which Flux is 0.7 sure of it, its usual threshold. */
  endSilenceMs: ms.min(40).default(300),
  /** Nothing from the client for so long closes the socket (NET-0001). */
  idleTimeoutMs: ms.min(50).default(10_000),
  refuseStatus: z.number().int().min(400).max(599).nullable().default(null),
  closeAfterMs: ms.nullable().default(null),
  /** 1006 breaks the connection without a close frame. */
  closeCode: z
    .number()
    .int()
    .refine((code) => isCloseCode(code), "must be 1000–1003, 1006–1014 or 3000–4999")
    .default(1011),
  /** Takes audio and never answers. */
  mute: z.boolean().default(false),
  /** Answers with text that is no JSON. */
  garbage: z.boolean().default(false),
});

export type DeepgramSettings = z.output<typeof deepgramSettingsSchema>;
