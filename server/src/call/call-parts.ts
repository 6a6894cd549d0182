/** What `run-call` is handed. */
import type { Clock } from "../kernel/clock.ts";
import type { EventSink } from "./call-event.ts";
import type { CallPlan } from "./call-plan.ts";
import type {
  LanguageModel,
  MediaTransport,
  OpenRecording,
  ProviderSwitch,
  Retriever,
  SpeechToText,
  TextToSpeech,
  ToolRunner,
  VendorUse,
  VoiceActivityDetector,
} from "./ports.ts";
import type { Pacer } from "./speak/pacer.ts";
import type { PhraseCache } from "./speak/phrase-cache.ts";

export interface EarlyVoice {
  readonly onUsage: (use: VendorUse) => void;
  readonly onSwitch: (change: ProviderSwitch) => void;
}

/** Everything a call is made of; `compose` chooses the pieces. */
export interface CallParts {
  readonly plan: CallPlan;
  readonly transport: MediaTransport;
  readonly languageModel: LanguageModel;
  readonly tools: ToolRunner;
  readonly voiceActivity: VoiceActivityDetector;
  readonly phraseCache: PhraseCache;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly sinks: readonly EventSink[];
  /** Ends the call at once (the process stops). */
  readonly signal: AbortSignal;
  /** Absent: nobody listens but, perhaps, the caller's own device. */
  readonly speechToText?: SpeechToText;
  readonly clientRecogniser?: boolean;
  readonly textToSpeech?: TextToSpeech;
  /** The recogniser for another language than the plan's, when an agent who speaks it takes the call over. */
  readonly recogniserFor?: (language: string) => SpeechToText | undefined;
  /** What the voice did before the call began, its failures too, and whatever is still being made ready then. */
  readonly earlyVoice?: (listener: EarlyVoice) => void;
  /** Absent: the plan names no documents, or nothing can look into them. */
  readonly retriever?: Retriever;
  /** Where the sound of a call goes whose plan is to be recorded. */
  readonly openRecording?: OpenRecording;
}
