import { z } from "zod";

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const formats = ["ulaw_8000", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100"] as const;
const flashLanguages =
  "en ja zh de hi fr ko pt it es id nl tr fil pl sv bg ro ar cs el fi hr ms sk da ta uk ru hu no vi".split(" ");

/** The languages a model takes as `language_code`; undefined: it takes none. */
const models: Record<string, readonly string[] | undefined> = {
  eleven_flash_v2_5: flashLanguages,
  eleven_turbo_v2_5: flashLanguages,
  eleven_flash_v2: ["en"],
  eleven_turbo_v2: ["en"],
  eleven_multilingual_v2: undefined,
  eleven_v3: [...flashLanguages, "he", "fa", "ur"],
};

export type OutputFormat = { name: (typeof formats)[number]; encoding: "ulaw" | "pcm"; sampleRateHz: number };

export const outputFormatSchema = z
  .enum(formats, `this stand-in makes ${formats.join(", ")}`)
  .transform((name): OutputFormat => {
    const [encoding, rate] = name.split("_");
    return { name, encoding: encoding === "ulaw" ? "ulaw" : "pcm", sampleRateHz: Number(rate) };
  });

export const socketQuerySchema = z.object({
  model_id: z.string().default("eleven_flash_v2_5"),
  language_code: z.string().optional(),
  output_format: outputFormatSchema,
  inactivity_timeout: z.coerce.number().int().min(1).max(180).default(20),
  sync_alignment: flag.default(false),
  auto_mode: flag.default(false),
});

export const speechBodySchema = z.object({
  text: z.string().min(1, "text must not be empty").max(40_000),
  model_id: z.string().default("eleven_multilingual_v2"),
  language_code: z.string().optional(),
  voice_settings: z
    .object({
      stability: z.number().min(0).max(1).optional(),
      similarity_boost: z.number().min(0).max(1).optional(),
      style: z.number().min(0).max(1).optional(),
      speed: z.number().min(0.7).max(1.2).optional(),
      use_speaker_boost: z.boolean().optional(),
    })
    .nullish(),
  seed: z.number().int().nullish(),
});

export type SocketQuery = z.output<typeof socketQuerySchema>;

/** Why a model will not speak this, or undefined. */
export function refuseModel(
  request: { model_id: string; language_code?: string | undefined },
  overSocket: boolean,
): { status: string; message: string } | undefined {
  const { model_id, language_code } = request;
  if (!(model_id in models)) {
    return { status: "model_not_found", message: `A model with model ID ${model_id} does not exist` };
  }
  if (overSocket && model_id.startsWith("eleven_v3")) {
    return { status: "unsupported_model", message: `Model ${model_id} does not support the websocket API` };
  }
  if (language_code !== undefined && !models[model_id]?.includes(language_code)) {
    return {
      status: "unsupported_language",
      message: `Model ${model_id} does not support language_code ${language_code}`,
    };
  }
  return undefined;
}
