/** The providers of one media process: built once for each choice, shared by its calls, kept warm. */
import type { Logger } from "pino";
import { phoneFormat } from "../audio/frame.ts";
import type { LanguageModel, SpeechToText, TextToSpeech, VoiceActivityDetector } from "../call/ports.ts";
import type { Config } from "../config.ts";
import type { CallAssignment, ProviderChain, ProviderChoice } from "../entry/process-messages.ts";
import type { Clock } from "../kernel/clock.ts";
import { meteredVoice } from "../providers/metered.ts";
import { withFallback } from "../providers/with-fallback.ts";
import { withRecogniserFallback } from "../providers/with-recogniser-fallback.ts";
import { withVoiceFallback } from "../providers/with-voice-fallback.ts";
import { type BuiltIn, createBuiltIn } from "./built-in.ts";
import { hidingVendor } from "./hide-from-model.ts";
import { createLease, createShelf, type Lease, type ProviderShelf } from "./provider-shelf.ts";
import { createVendorMakers, type VendorMakers } from "./vendor-makers.ts";

export interface ChosenProviders {
  readonly languageModel: LanguageModel;
  readonly voiceActivity: VoiceActivityDetector;
  readonly speechToText?: SpeechToText;
  readonly textToSpeech?: TextToSpeech;
  /** The same vendor's recogniser, for an agent of another language who takes the call over. */
  readonly recogniserFor?: (language: string) => SpeechToText;
  /** The call is over, or did not come: what it used may go. */
  release(): void;
}

export interface ProviderBench {
  /** Also opens the connections ahead of the first word. Never waits, never throws for a vendor's sake. */
  choose(assignment: CallAssignment): ChosenProviders;
  /** How many choices of each kind are kept. */
  kept(): { readonly recognisers: number; readonly models: number; readonly voices: number };
  close(): void;
}

export interface ProviderBenchParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Choices kept ready while no call uses them, of each kind: organisations with keys of their own are many. */
const maxKept = 64;

function prewarmVoice(textToSpeech: TextToSpeech, { plan, channel }: Pick<CallAssignment, "plan" | "channel">): void {
  const format = textToSpeech.outputFormats.find((each) => channel !== "phone" || each.encoding === "mulaw");
  textToSpeech.prewarm?.({
    language: plan.language,
    format: format ?? phoneFormat,
    ...(plan.voice === undefined ? {} : { voice: plan.voice }),
  });
}

/** One provider for one choice. */
function createMakers(builtIn: BuiltIn, vendors: VendorMakers) {
  const isBuiltIn = ({ provider }: ProviderChoice) => provider === "builtin";
  return {
    makeModel: (choice: ProviderChoice) =>
      isBuiltIn(choice) ? builtIn.languageModel : hidingVendor(vendors.makeModel(choice)),
    makeVoice: (choice: ProviderChoice) =>
      isBuiltIn(choice) ? meteredVoice(builtIn.textToSpeech, {}) : vendors.makeVoice(choice),
    makeRecogniser: (choice: ProviderChoice) => vendors.makeRecogniser(choice),
  };
}

/** Loads what is built in; resolves when calls can be taken. */
export async function createProviderBench(parts: ProviderBenchParts): Promise<ProviderBench> {
  const { clock } = parts;
  const builtIn = await createBuiltIn(parts);
  // Half a second of patterns and a child process: now, and not under the first caller.
  builtIn.languageModel.prewarm?.();
  builtIn.textToSpeech.prewarm?.({ language: "en-US", format: phoneFormat });
  const shelves = createShelves(createMakers(builtIn, createVendorMakers(parts)), clock);

  return {
    choose({ plan, providers, channel }) {
      const lease = createLease();
      const languageModel = shelves.models.take(providers.llm, lease);
      const textToSpeech = channel === "text" ? undefined : shelves.voices.take(providers.tts, lease).voice;
      languageModel.prewarm?.();
      if (textToSpeech !== undefined) prewarmVoice(textToSpeech, { plan, channel });
      return {
        languageModel,
        voiceActivity: builtIn.voiceActivity,
        release: () => lease.release(),
        ...(channel === "text" ? {} : takeRecognisers(shelves.recognisers, providers, lease)),
        ...(textToSpeech ? { textToSpeech } : {}),
      };
    },
    kept: () => ({
      recognisers: shelves.recognisers.size(),
      models: shelves.models.size(),
      voices: shelves.voices.size(),
    }),
    close() {
      for (const shelf of Object.values(shelves)) shelf.close();
      builtIn.textToSpeech.close?.();
    },
  };
}

type Chain = readonly ProviderChoice[];

interface KeptVoice {
  readonly voice: TextToSpeech | undefined;
  close(): void;
}

/** The chain, not its parts, is kept: calls share what is known about a vendor that is down. */
function createShelves(makers: ReturnType<typeof createMakers>, clock: Clock) {
  return {
    recognisers: createShelf<SpeechToText, Chain>({
      maxKept,
      make(chain) {
        const made = chain.map(makers.makeRecogniser);
        // Only one that ends turns the same way can go on where another stopped.
        const alike = made.filter((recogniser) => recogniser.decidesTurns === made[0]?.decidesTurns);
        return alike.length > 1 ? withRecogniserFallback(alike, { clock }) : (made[0] as SpeechToText);
      },
      close: () => undefined,
    }),
    models: createShelf<LanguageModel, Chain>({
      maxKept,
      make: (chain) => withFallback(chain.map(makers.makeModel), { clock }),
      close: () => undefined,
    }),
    voices: createShelf<KeptVoice, Chain>({
      maxKept,
      make: (chain) => keepVoice(chain, makers, clock),
      close: (kept) => kept.close(),
    }),
  };
}

function keepVoice(chain: Chain, { makeVoice }: ReturnType<typeof createMakers>, clock: Clock): KeptVoice {
  const made = chain.map((choice) => ({ voice: makeVoice(choice), isShared: choice.provider === "builtin" }));
  const voices = made.map(({ voice }) => voice);
  const [voice] = voices.length > 1 ? [withVoiceFallback(voices, { clock })] : voices;
  return {
    voice,
    close() {
      // The built-in one is everybody's.
      for (const each of made) if (!each.isShared) each.voice.close?.();
    },
  };
}

function takeRecognisers(
  shelf: ProviderShelf<SpeechToText, Chain>,
  { stt, sttStandbys = [] }: ProviderChain,
  lease: Lease,
): Partial<ChosenProviders> {
  if (stt === undefined) return {};
  const chain = [stt, ...sttStandbys];
  const speaking = (language: string) => chain.map((each) => ({ ...each, options: { ...each.options, language } }));
  return {
    speechToText: shelf.take(chain, lease),
    recogniserFor: (language) => shelf.take(speaking(language), lease),
  };
}
