import { z } from "zod";
import { checkThresholds, type FluxQuery, type FluxThresholds, fluxThresholdsSchema } from "./query.ts";

const { eot_threshold, eager_eot_threshold, eot_timeout_ms } = fluxThresholdsSchema.shape;
const configureSchema = z.object({
  // Unwrapped: a Configure that does not name a threshold leaves it as it is.
  thresholds: z
    .object({
      eot_threshold: eot_threshold.unwrap().optional(),
      eager_eot_threshold: eager_eot_threshold.unwrap().nullish(),
      eot_timeout_ms: eot_timeout_ms.unwrap().optional(),
    })
    .optional(),
  keyterms: z.array(z.string()).optional(),
  language_hints: z.array(z.string()).optional(),
});

/** The thresholds after a Configure message and the answer to it; undefined when it cannot be followed. */
export function configureFlux(
  message: unknown,
  current: FluxThresholds,
  query: FluxQuery,
): { thresholds: FluxThresholds; answer: object } | undefined {
  const change = configureSchema.safeParse(message);
  if (!change.success) return undefined;
  const asked = change.data.thresholds ?? {};
  const eager = "eager_eot_threshold" in asked ? (asked.eager_eot_threshold ?? undefined) : current.eager_eot_threshold;
  const thresholds: FluxThresholds = {
    eot_threshold: asked.eot_threshold ?? current.eot_threshold,
    eot_timeout_ms: asked.eot_timeout_ms ?? current.eot_timeout_ms,
    eager_eot_threshold: eager,
  };
  if (!checkThresholds(thresholds)) return undefined;
  const keyterms = change.data.keyterms ?? query.keyterm;
  const language_hints = change.data.language_hints ?? query.language_hint;
  return { thresholds, answer: { type: "ConfigureSuccess", thresholds, keyterms, language_hints } };
}
