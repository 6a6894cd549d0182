import { z } from "zod";

/** Languages that `flux-general-multi` speaks. */
const fluxLanguages = new Set(["en", "es", "fr", "de", "hi", "ru", "pt", "ja", "it", "nl"]);

/** Regional codes that nova-3 knows beyond the base codes. */
const novaRegions = new Set(
  (
    "ar-AE ar-SA ar-QA ar-KW ar-SY ar-LB ar-PS ar-JO ar-EG ar-SD ar-TD ar-MA ar-DZ ar-TN ar-IQ ar-IR " +
    "en-US en-AU en-GB en-IN en-NZ es-419 fr-CA pt-BR pt-PT de-CH nl-BE da-DK ko-KR sv-SE"
  ).split(" "),
);

export const deepgramSttOptions = z.object({
  /** `flux-…` models decide turns themselves; everything else goes to /v1/listen. Absent: chosen by `language`. */
  model: z.string().min(1).optional(),
  /** The language the stream will mostly speak, to choose a model by. */
  language: z.string().min(2).default("en"),
  /** Silence after which Nova ends a phrase. */
  endpointingMs: z.int().min(10).max(5000).default(300),
  utteranceEndMs: z.int().min(1000).max(5000).default(1000),
  eagerEotThreshold: z.number().min(0.3).max(0.9).default(0.4),
  eotThreshold: z.number().min(0.5).max(1).default(0.7),
  eotTimeoutMs: z.int().min(500).max(60_000).default(5000),
});

export type DeepgramSttOptions = z.output<typeof deepgramSttOptions>;

export interface DeepgramModel {
  readonly model: string;
  readonly decidesTurns: boolean;
}

/** The model for a language: the configured one if it hears the language, else Flux where it does, else nova-3. */
export function selectDeepgramModel(language: string, configured?: string): DeepgramModel {
  const base = baseLanguage(language);
  const isDeaf = configured === "flux-general-en" && base !== "en";
  if (configured && !isDeaf) return { model: configured, decidesTurns: configured.startsWith("flux") };
  if (base === "en") return { model: "flux-general-en", decidesTurns: true };
  if (fluxLanguages.has(base)) return { model: "flux-general-multi", decidesTurns: true };
  return { model: "nova-3", decidesTurns: false };
}

export function baseLanguage(language: string): string {
  return (language.split("-")[0] ?? language).toLowerCase();
}

/** The code nova-3 takes for a BCP-47 language: the region where it knows it, else the base. */
export function novaLanguage(language: string): string {
  const [base, region] = language.split("-");
  const code = region ? `${base?.toLowerCase()}-${region.toUpperCase()}` : "";
  return novaRegions.has(code) ? code : baseLanguage(language);
}
