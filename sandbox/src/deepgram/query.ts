import { z } from "zod";

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const wholeNumber = z.string().regex(/^\d+$/u, "must be a whole number").transform(Number);
const rate = wholeNumber.pipe(z.number().min(8_000).max(96_000));
const threshold = (min: number, max: number) => z.coerce.number().min(min).max(max);
const list = z.array(z.string().min(1)).default([]);

const novaModel =
  /^(nova-3(-general|-medical)?|nova(-2)?(-(general|meeting|finance|conversationalai|voicemail|video|medical|drivethru|automotive|phonecall))?|(enhanced|base)(-[a-z]+)?)$/u;
const novaEncodings = [
  "linear16",
  "mulaw",
  "alaw",
  "linear32",
  "flac",
  "amr-nb",
  "amr-wb",
  "opus",
  "ogg-opus",
  "speex",
  "g729",
] as const;
const fluxEncodings = ["linear16", "mulaw", "alaw", "linear32", "opus", "ogg-opus"] as const;
const arabicRegions = "AE SA QA KW SY LB PS JO EG SD TD MA DZ TN IQ IR".split(" ").map((region) => `ar-${region}`);

export const novaQuerySchema = z
  .object({
    model: z.string().regex(novaModel, "No such model/language/tier combination found."),
    encoding: z.enum(novaEncodings),
    sample_rate: rate,
    channels: wholeNumber.pipe(z.number().max(1, "this stand-in hears one channel")).default(1),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]+)*$|^multi$/u, "must be a BCP-47 tag or multi")
      .default("en"),
    interim_results: flag.default(false),
    endpointing: z.union([z.literal("false").transform(() => false as const), wholeNumber]).default(10),
    utterance_end_ms: wholeNumber.optional(),
    vad_events: flag.default(false),
    smart_format: flag.default(false),
    punctuate: flag.default(false),
    keyterm: list,
    keywords: list,
    language_hint: list,
  })
  .superRefine((query, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    const isThree = query.model.startsWith("nova-3");
    if (query.keyterm.length > 0 && !isThree) refuse("keyterm", "keyterm is only available with nova-3");
    if (query.keywords.length > 0 && isThree) refuse("keywords", "keywords is not available with nova-3: use keyterm");
    if (query.utterance_end_ms !== undefined && !query.interim_results) {
      refuse("utterance_end_ms", "utterance_end_ms needs interim_results=true");
    }
    const arabic = query.language.startsWith("ar");
    if (arabic && (!isThree || (query.language !== "ar" && !arabicRegions.includes(query.language)))) {
      refuse("language", "No such model/language/tier combination found.");
    }
  });

export const fluxThresholdsSchema = z.object({
  eot_threshold: threshold(0.5, 1).default(0.7),
  eager_eot_threshold: threshold(0.3, 0.9).optional(),
  eot_timeout_ms: z.coerce.number().int().min(500).max(60_000).default(5_000),
});

/** The rule that the two thresholds keep, for the query and for Configure. */
export function checkThresholds(thresholds: {
  eot_threshold: number;
  eager_eot_threshold?: number | undefined;
}): boolean {
  return thresholds.eager_eot_threshold === undefined || thresholds.eager_eot_threshold <= thresholds.eot_threshold;
}

export const fluxQuerySchema = fluxThresholdsSchema
  .extend({
    model: z.enum(["flux-general-en", "flux-general-multi"], "unknown model: flux-general-en or flux-general-multi"),
    encoding: z.enum(fluxEncodings),
    sample_rate: rate,
    language: z.undefined("language is not a parameter of v2: use language_hint with flux-general-multi").optional(),
    keyterm: list,
    language_hint: list,
  })
  .refine(checkThresholds, { path: ["eager_eot_threshold"], message: "must not be greater than eot_threshold" })
  .refine((query) => query.language_hint.length === 0 || query.model === "flux-general-multi", {
    path: ["language_hint"],
    message: "language_hint needs flux-general-multi",
  });

export type NovaQuery = z.output<typeof novaQuerySchema>;
export type FluxQuery = z.output<typeof fluxQuerySchema>;
export type FluxThresholds = z.output<typeof fluxThresholdsSchema>;

const REPEATABLE = new Set(["keyterm", "keywords", "language_hint"]);

/** Query parameters as the schemas take them: repeatable ones as lists. */
export function collectQuery(search: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(search.keys())].map((key) => [key, REPEATABLE.has(key) ? search.getAll(key) : (search.get(key) ?? "")]),
  );
}
