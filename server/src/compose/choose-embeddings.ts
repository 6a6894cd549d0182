/** Who makes vectors of an organisation's documents and of the questions on them. */
import type { Config } from "../config.ts";
import type { ProviderChoice } from "../entry/process-messages.ts";
import type { VendorKeys } from "./call-gates.ts";

const vendors = ["openai", "mistral"] as const;

type EmbeddingSettings = Pick<Config, "vendors" | "embeddingDimensions">;

function optionsOf(config: EmbeddingSettings, vendor: (typeof vendors)[number]) {
  const model = config.vendors[vendor]?.embeddingModel;
  const dimensions = vendor === "openai" ? config.embeddingDimensions : undefined;
  return { ...(model === undefined ? {} : { model }), ...(dimensions === undefined ? {} : { dimensions }) };
}

/** By the organisation's own key, else by the installation's. Undefined: full text alone answers. */
export async function chooseEmbeddings(
  { config, keys }: { config: EmbeddingSettings; keys: VendorKeys },
  orgId: string,
): Promise<ProviderChoice | undefined> {
  for (const provider of vendors) {
    const credentials = await keys.keyOf(orgId, provider);
    if (credentials !== undefined) return { provider, options: optionsOf(config, provider), credentials };
  }
  for (const provider of vendors) {
    const { apiKey, baseUrl, embeddingModel } = config.vendors[provider] ?? {};
    if (apiKey !== undefined) return { provider, options: optionsOf(config, provider) };
    // A server of the owner's own has the model that was named, or none.
    if (provider === "openai" && baseUrl !== undefined && embeddingModel !== undefined) {
      return { provider: "openai-compatible", options: optionsOf(config, provider) };
    }
  }
  return undefined;
}
