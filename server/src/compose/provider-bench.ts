/** The providers of one media process: built once for each choice, shared by its calls, kept warm. */
import type { Logger } from "pino";
import { phoneFormat } from "../audio/frame.ts";
import type { LanguageModel, SpeechToText, TextToSpeech, VoiceActivityDetector } from "../call/ports.ts";
import type { Config, VendorId } from "../config.ts";
import type { CallAssignment, ProviderChain, ProviderChoice } from "../entry/process-messages.ts";
import type { Clock } from "../kernel/clock.ts";
import { meteredModel, meteredRecogniser, meteredVoice } from "../providers/metered.ts";
import type { Provider, ProviderIo } from "../providers/provider.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { providers } from "../providers/registry.ts";
import { withFallback } from "../providers/with-fallback.ts";
import { withRecogniserFallback } from "../providers/with-recogniser-fallback.ts";
import { withVoiceFallback } from "../providers/with-voice-fallback.ts";
import { type BuiltIn, createBuiltIn } from "./built-in.ts";

export interface ChosenProviders {
  readonly languageModel: LanguageModel;
  readonly voiceActivity: VoiceActivityDetector;
  readonly speechToText?: SpeechToText;
  readonly textToSpeech?: TextToSpeech;
  /** The same vendor's recogniser, for an agent of another language who takes the call over. */
  readonly recogniserFor?: (language: string) => SpeechToText;
}

export interface ProviderBench {
  /** Also opens the connections ahead of the first word. Never waits, never throws for a vendor's sake. */
  choose(assignment: CallAssignment): ChosenProviders;
  close(): void;
}

export interface ProviderBenchParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who is meant is known at run time only; each adapter checks its own options. */
const vendors = providers as unknown as Readonly<Record<string, Provider>>;

/** A server of the owner's own has its address where OpenAI's would be. */
const settingsOf = (provider: string) => (provider === "openai-compatible" ? "openai" : (provider as VendorId));

function remember<T>(make: (choice: ProviderChoice) => T): (choice: ProviderChoice) => T {
  const made = new Map<string, T>();
  return (choice) => {
    const key = JSON.stringify(choice);
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(choice);
    made.set(key, fresh);
    return fresh;
  };
}

function createArguments(parts: ProviderBenchParts, io: ProviderIo) {
  return (choice: ProviderChoice, kind: "stt" | "llm" | "tts") => {
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

const asChoice = (chain: readonly ProviderChoice[]): ProviderChoice => ({ provider: "chain", options: { chain } });

function prewarmVoice(textToSpeech: TextToSpeech, { plan, channel }: Pick<CallAssignment, "plan" | "channel">): void {
  const format = textToSpeech.outputFormats.find((each) => channel !== "phone" || each.encoding === "mulaw");
  textToSpeech.prewarm?.({
    language: plan.language,
    format: format ?? phoneFormat,
    ...(plan.voice === undefined ? {} : { voice: plan.voice }),
  });
}

/** An organisation that brought its own key pays the vendor itself. */
const payerOf = ({ credentials }: ProviderChoice) => (credentials === undefined ? {} : { ownKey: true as const });

/** One provider for one choice. Each is metered behind the fallbacks: what a vendor that failed has used counts too. */
function createMakers(builtIn: BuiltIn, argumentsFor: ReturnType<typeof createArguments>) {
  return {
    makeModel(choice: ProviderChoice): LanguageModel {
      if (choice.provider === "builtin") return builtIn.languageModel;
      const { adapter, args } = argumentsFor(choice, "llm");
      return meteredModel((adapter as NonNullable<Provider["llm"]>).create(args), payerOf(choice));
    },
    makeVoice(choice: ProviderChoice): TextToSpeech | undefined {
      if (choice.provider === "builtin") return meteredVoice(builtIn.textToSpeech, {});
      const { adapter, args } = argumentsFor(choice, "tts");
      return meteredVoice((adapter as NonNullable<Provider["tts"]>).create(args), payerOf(choice));
    },
    makeRecogniser(choice: ProviderChoice): SpeechToText {
      const { adapter, args } = argumentsFor(choice, "stt");
      return meteredRecogniser((adapter as NonNullable<Provider["stt"]>).create(args), payerOf(choice));
    },
  };
}

/** Loads what is built in; resolves when calls can be taken. */
export async function createProviderBench(parts: ProviderBenchParts): Promise<ProviderBench> {
  const { clock } = parts;
  const builtIn = await createBuiltIn(parts);
  // Half a second of patterns and a child process: now, and not under the first caller.
  builtIn.languageModel.prewarm?.();
  builtIn.textToSpeech.prewarm?.({ language: "en-US", format: phoneFormat });
  const voices: TextToSpeech[] = [];

  const { makeModel, makeVoice, makeRecogniser } = createMakers(
    builtIn,
    createArguments(parts, createProviderIo(clock)),
  );
  const recogniserOf = remember((chain): SpeechToText => {
    const made = (chain.options.chain as ProviderChoice[]).map(makeRecogniser);
    // Only one that ends turns the same way can go on where another stopped.
    const alike = made.filter((recogniser) => recogniser.decidesTurns === made[0]?.decidesTurns);
    return alike.length > 1 ? withRecogniserFallback(alike, { clock }) : (made[0] as SpeechToText);
  });
  // The chain, not its parts, is remembered: calls share what is known about a vendor that is down.
  const modelOf = remember((chain) =>
    withFallback((chain.options.chain as ProviderChoice[]).map(makeModel), { clock }),
  );
  const voiceOf = remember((chain): TextToSpeech | undefined => {
    const made = (chain.options.chain as ProviderChoice[]).map(makeVoice).filter((voice) => voice !== undefined);
    const voice = made.length > 1 ? withVoiceFallback(made, { clock }) : made[0];
    if (voice) voices.push(voice);
    return voice;
  });
  const recognisersOf = ({ stt, sttStandbys = [] }: ProviderChain): Partial<ChosenProviders> => {
    if (stt === undefined) return {};
    const chain = [stt, ...sttStandbys];
    const speaking = (language: string) => chain.map((each) => ({ ...each, options: { ...each.options, language } }));
    return {
      speechToText: recogniserOf(asChoice(chain)),
      recogniserFor: (language) => recogniserOf(asChoice(speaking(language))),
    };
  };

  return {
    choose({ plan, providers, channel }) {
      const languageModel = modelOf(asChoice(providers.llm));
      const textToSpeech = channel === "text" ? undefined : voiceOf(asChoice(providers.tts));
      languageModel.prewarm?.();
      if (textToSpeech !== undefined) prewarmVoice(textToSpeech, { plan, channel });
      return {
        languageModel,
        voiceActivity: builtIn.voiceActivity,
        ...(channel === "text" ? {} : recognisersOf(providers)),
        ...(textToSpeech ? { textToSpeech } : {}),
      };
    },
    close() {
      for (const voice of voices) voice.close?.();
    },
  };
}
