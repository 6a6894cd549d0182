import { z } from "zod";
import type { AudioFormat } from "../../audio/frame.ts";
import { phoneFormat } from "../../audio/frame.ts";

export const provider = "elevenlabs";

export const elevenLabsTtsOptions = z.object({
  model: z.string().min(1).default("eleven_flash_v2_5"),
  /** The voice for every language, unless the agent names one. */
  voiceId: z.string().min(1).optional(),
  stability: z.number().min(0).max(1).default(0.5),
  similarityBoost: z.number().min(0).max(1).default(0.8),
  style: z.number().min(0).max(1).default(0),
  useSpeakerBoost: z.boolean().default(true),
  speed: z.number().min(0.7).max(1.2).default(1),
});

export type ElevenLabsTtsOptions = z.output<typeof elevenLabsTtsOptions>;

/** Premade voices of the vendor that every account has; all of them speak every language of the model. */
const defaultVoices: Readonly<Record<string, string>> = {
  ar: "pFZP5JQG7iQjIQuC4Bku",
  en: "EXAVITQu4vr4xnSDxMaL",
};
const defaultVoice = "EXAVITQu4vr4xnSDxMaL";

const languagesOfModelsThatTakeOne = new Set(
  "en ja zh de hi fr ko pt it es id nl tr fil pl sv bg ro ar cs el fi hr ms sk da ta uk ru hu no vi".split(" "),
);
const modelsThatTakeALanguage = new Set(["eleven_flash_v2_5", "eleven_turbo_v2_5"]);

export function baseLanguage(language: string): string {
  return (language.split("-")[0] ?? language).toLowerCase();
}

export function voiceFor(
  options: ElevenLabsTtsOptions,
  request: { language: string; voice?: string | undefined },
): string {
  return request.voice ?? options.voiceId ?? defaultVoices[baseLanguage(request.language)] ?? defaultVoice;
}

/** The `language_code` to send; undefined where the model would refuse or ignore it. */
export function languageCodeFor(model: string, language: string): string | undefined {
  const code = baseLanguage(language);
  return modelsThatTakeALanguage.has(model) && languagesOfModelsThatTakeOne.has(code) ? code : undefined;
}

export const elevenLabsOutputFormats: readonly AudioFormat[] = [
  phoneFormat,
  ...[16_000, 8000, 22_050, 24_000, 48_000].map((sampleRateHz) => ({ encoding: "pcm16", sampleRateHz }) as const),
];

export function outputFormatName(format: AudioFormat): string {
  return `${format.encoding === "mulaw" ? "ulaw" : "pcm"}_${format.sampleRateHz}`;
}

export function voiceSettings(options: ElevenLabsTtsOptions): object {
  return {
    stability: options.stability,
    similarity_boost: options.similarityBoost,
    style: options.style,
    use_speaker_boost: options.useSpeakerBoost,
    speed: options.speed,
  };
}
