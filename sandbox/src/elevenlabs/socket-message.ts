import { z } from "zod";

const voiceSettingsSchema = z
  .object({
    stability: z.number().min(0).max(1),
    similarity_boost: z.number().min(0).max(1),
    style: z.number().min(0).max(1),
    use_speaker_boost: z.boolean(),
    speed: z.number().min(0.7).max(1.2),
  })
  .partial();
const generationConfigSchema = z.object({ chunk_length_schedule: z.array(z.number().min(50).max(500)).optional() });

/** One schema for both sockets; which fields mean something is theirs to say. */
export const clientMessageSchema = z.object({
  text: z.string().nullish(),
  voice_settings: voiceSettingsSchema.nullish(),
  generation_config: generationConfigSchema.nullish(),
  generator_config: generationConfigSchema.nullish(),
  pronunciation_dictionary_locators: z.array(z.unknown()).nullish(),
  "xi-api-key": z.string().nullish(),
  authorization: z.string().nullish(),
  try_trigger_generation: z.boolean().nullish(),
  flush: z.boolean().nullish(),
  context_id: z.string().nullish(),
  close_context: z.boolean().nullish(),
  close_socket: z.boolean().nullish(),
});

export type ClientMessage = z.output<typeof clientMessageSchema>;

/** Settings belong into the first message of a stream or context only. */
export function carriesSettings(message: ClientMessage): boolean {
  return Boolean(message.voice_settings ?? message.generation_config ?? message.pronunciation_dictionary_locators);
}
