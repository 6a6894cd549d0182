/** Which providers serve a call, from the settings: the best whose keys are set, the built-in ones last. */
import type { ProviderStatus } from "@parley/contract/system";
import type { Config, VendorId, VendorSettings } from "./config.ts";
import type { ProviderChain, ProviderChoice } from "./entry/process-messages.ts";

const modelVendors = ["openai", "anthropic", "mistral"] as const satisfies readonly VendorId[];

/** A key, or (for servers of one's own, which ask for none) an address. */
function isSet(vendor: VendorSettings | undefined): vendor is VendorSettings {
  return vendor?.apiKey !== undefined || vendor?.baseUrl !== undefined;
}

const modelOption = (vendor: VendorSettings) => (vendor.model === undefined ? {} : { model: vendor.model });

export function chooseProviders({ vendors }: Pick<Config, "vendors">, language: string): ProviderChain {
  const llm: ProviderChoice[] = [];
  for (const provider of modelVendors) {
    const vendor = vendors[provider];
    if (!isSet(vendor)) continue;
    // An address without a key is a server of the owner's own: Ollama, vLLM, llama.cpp.
    const isOwnServer = provider === "openai" && vendor.apiKey === undefined;
    if (isOwnServer) llm.push({ provider: "openai-compatible", options: { model: vendor.model ?? "default" } });
    else llm.push({ provider, options: modelOption(vendor) });
  }
  const { deepgram, elevenlabs } = vendors;
  const tts: ProviderChoice[] = isSet(elevenlabs)
    ? [{ provider: "elevenlabs", options: elevenlabs.voiceId === undefined ? {} : { voiceId: elevenlabs.voiceId } }]
    : [];
  return {
    llm: [...llm, { provider: "builtin", options: {} }],
    tts: [...tts, { provider: "builtin", options: {} }],
    ...(isSet(deepgram) ? { stt: { provider: "deepgram", options: { language, ...modelOption(deepgram) } } } : {}),
  };
}

/** The same, told to a person. */
export function describeProviders(config: Pick<Config, "vendors">): ProviderStatus[] {
  const { stt, llm, tts } = chooseProviders(config, "en-US");
  const names = (choices: readonly ProviderChoice[]) => choices.map((choice) => choice.provider);
  const builtInOnly = (choices: readonly ProviderChoice[]) => choices.length === 1;
  return [
    {
      stage: "recogniser",
      providers: stt ? [stt.provider] : [],
      builtIn: stt === undefined,
      missing: stt
        ? null
        : "No recogniser: a browser listens for itself or types, a phone caller uses the keypad. Set DEEPGRAM_API_KEY to hear callers.",
    },
    {
      stage: "model",
      providers: names(llm),
      builtIn: builtInOnly(llm),
      missing: builtInOnly(llm)
        ? "The built-in front desk answers. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or MISTRAL_API_KEY for a language model."
        : null,
    },
    {
      stage: "voice",
      providers: names(tts),
      builtIn: builtInOnly(tts),
      missing: builtInOnly(tts) ? "The built-in voice speaks. Set ELEVENLABS_API_KEY for a natural one." : null,
    },
  ];
}
