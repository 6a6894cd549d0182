/** What the parts of one running call share. Made once in `open-call.ts`; nothing here outlives the call. */
import type { Clock } from "../kernel/clock.ts";
import type { CallEvents } from "./call-event.ts";
import type { CallPlan } from "./call-plan.ts";
import type { LanguageModel, MediaTransport, TextToSpeech } from "./ports.ts";
import type { Conversation } from "./reply/conversation.ts";
import type { Persona } from "./reply/persona.ts";
import type { ContextRetriever } from "./reply/retrieve-context.ts";
import type { ToolDesk } from "./reply/run-tools.ts";
import type { PhraseCache, PhraseVoice } from "./speak/phrase-cache.ts";
import type { Playback } from "./speak/playback.ts";
import type { TurnInput } from "./turn/turn-state.ts";

export interface CallScope {
  readonly plan: CallPlan;
  /** Who speaks now. Read it when it is needed: a hand-over changes it. */
  readonly persona: Persona;
  readonly clock: Clock;
  readonly events: CallEvents;
  readonly transport: MediaTransport;
  readonly languageModel: LanguageModel;
  readonly textToSpeech: TextToSpeech | undefined;
  readonly phraseCache: PhraseCache;
  readonly phraseVoice: PhraseVoice;
  readonly playback: Playback;
  readonly conversation: Conversation;
  /** Absent: there are no documents to look into. */
  readonly knowledge: ContextRetriever | undefined;
  readonly tools: ToolDesk;
  /** False where the words are read instead: a text call, or a web call whose voice broke. */
  voiceWorks(): boolean;
  /** From now on the words go to the caller's screen, which says so. */
  loseVoice(): void;
  /** Another agent goes on with the conversation as it stands. False when there is none of this id. */
  handOff(agentId: string): boolean;
  /** The model reads it from the next request on; the caller never does. */
  addNote(text: string): void;
  /** What changes from turn to turn, for the model: the time at the business, an operator's notes. */
  currentContext(): string;
  /** Something happened: the turn logic hears of it. */
  push(input: TurnInput): void;
}
