/** A vendor's adapter for a choice, with its key and address. Nothing built in: this loads no model and starts no child. */
import type { LanguageModel, SpeechToText, TextToSpeech } from "../call/ports.ts";
import type { Config, VendorId } from "../config.ts";
import type { ProviderChoice } from "../entry/process-messages.ts";
import type { Embedder } from "../features/knowledge/embedder.port.ts";
import type { Clock } from "../kernel/clock.ts";
import { meteredModel, meteredRecogniser, meteredVoice } from "../providers/metered.ts";
import type { Provider, ProviderIo } from "../providers/provider.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { providers } from "../providers/registry.ts";

/** Who is meant is known at run time only; each adapter checks its own options. */
const vendors = providers as unknown as Readonly<Record<string, Provider>>;

/** A server of the owner's own has its address where OpenAI's would be. */
const settingsOf = (provider: string) => (provider === "openai-compatible" ? "openai" : (provider as VendorId));

function createArguments(parts: { config: Config }, io: ProviderIo) {
  return (choice: ProviderChoice, kind: "stt" | "llm" | "tts" | "embeddings") => {
    const vendor = vendors[choice.provider];
    const adapter = vendor?.[kind];
    if (!vendor || !adapter) throw new Error(`${choice.provider} offers no ${kind}`);
    const settings = parts.config.vendors[settingsOf(choice.provider)];
    // Where OpenAI's address is a server of the owner's own, an organisation's key for OpenAI does not go there.
    const isOwnServer = choice.provider === "openai" && settings?.apiKey === undefined;
    const address = isOwnServer ? vendor.defaultBaseUrl : (settings?.baseUrl ?? vendor.defaultBaseUrl);
    const own = choice.credentials && { baseUrl: address, ...choice.credentials };
    const installed = { apiKey: settings?.apiKey ?? "", baseUrl: settings?.baseUrl ?? vendor.defaultBaseUrl };
    const credentials = own ?? installed;
    return { adapter, args: { credentials, options: adapter.options.parse(choice.options), io } };
  };
}

/** An organisation that brought its own key pays the vendor itself. */
const payerOf = ({ credentials }: ProviderChoice) => (credentials === undefined ? {} : { ownKey: true as const });

/** Each is metered behind the fallbacks: what a vendor that failed has used counts too. Throws for what a vendor does not offer. */
export interface VendorMakers {
  makeModel(choice: ProviderChoice): LanguageModel;
  makeVoice(choice: ProviderChoice): TextToSpeech;
  makeRecogniser(choice: ProviderChoice): SpeechToText;
  /** Not metered: its answers say what they cost. */
  makeEmbedder(choice: ProviderChoice): Embedder;
}

export function createVendorMakers(parts: { config: Config; clock: Clock }): VendorMakers {
  const argumentsFor = createArguments(parts, createProviderIo(parts.clock));
  return {
    makeModel(choice) {
      const { adapter, args } = argumentsFor(choice, "llm");
      return meteredModel((adapter as NonNullable<Provider["llm"]>).create(args), payerOf(choice));
    },
    makeVoice(choice) {
      const { adapter, args } = argumentsFor(choice, "tts");
      return meteredVoice((adapter as NonNullable<Provider["tts"]>).create(args), payerOf(choice));
    },
    makeEmbedder(choice) {
      const { adapter, args } = argumentsFor(choice, "embeddings");
      return (adapter as NonNullable<Provider["embeddings"]>).create(args);
    },
    makeRecogniser(choice) {
      const { adapter, args } = argumentsFor(choice, "stt");
      return meteredRecogniser((adapter as NonNullable<Provider["stt"]>).create(args), payerOf(choice));
    },
  };
}
