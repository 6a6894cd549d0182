/**
 * Everything a call was told before it began, frozen. The engine reads no database after this. JSON all the way through:
 * a plan crosses process boundaries and is stored, so that a call can be replayed.
 */
import type { ToolSpec } from "./ports.ts";

export interface TurnPolicy {
  /** Silence after which a finished-sounding utterance ends the turn, where no recogniser decides sooner. */
  readonly endpointingDelayMs: number;
  /** Silence waited when the phrase sounds unfinished (connective, filler word, trailing comma). */
  readonly unfinishedDelayMs: number;
  /** Silence waited while digits, an e-mail address or a spelling are being dictated. */
  readonly dictationDelayMs: number;
  /** No turn waits longer than this after the last voice. */
  readonly maxEndpointingDelayMs: number;
  /** How quickly the wait follows this caller's own pauses: 0 never, 1 at once. */
  readonly pauseAdaptation: number;

  readonly bargeIn: boolean;
  /** Caller speech shorter than this never cuts the agent. */
  readonly bargeInMinSpeechMs: number;
  /** Words that must follow for the cut to stand; fewer, or a backchannel, and the reply resumes. */
  readonly bargeInMinWords: number;
  /** After a cut: how long without confirming words until it was false and the reply resumes. */
  readonly falseBargeInMs: number;

  /** Start a reply before the turn's end is certain; its sound is held until it is. */
  readonly preemptiveGeneration: boolean;
  /** With recognisers that do not decide turns: silence after which a finished-sounding phrase starts a speculative reply. */
  readonly preemptiveDelayMs: number;
  /** Speculative replies at most in one turn. */
  readonly maxSpeculationsPerTurn: number;

  /** Silence of both sides until the caller is asked whether they are there; then again; then goodbye. */
  readonly idlePromptAfterMs: number;
  readonly maxIdlePrompts: number;
  readonly maxCallDurationMs: number;

  /** A tool that takes longer than this is covered by a spoken filler. */
  readonly fillerAfterMs: number;
  /** Between two fillers of one wait. */
  readonly fillerEveryMs: number;

  // Watchdogs: how long a stage may be silent before the call does something the caller can hear.
  readonly transcriptTimeoutMs: number; // speech ended, no words came
  readonly replyTimeoutMs: number; // turn committed, no first token
  readonly voiceTimeoutMs: number; // text given to the voice, no audio
  readonly markTimeoutMs: number; // audio should have been played, no mark came back
  readonly toolTimeoutMs: number;
}

export const defaultTurnPolicy: TurnPolicy = {
  endpointingDelayMs: 500,
  unfinishedDelayMs: 1400,
  dictationDelayMs: 1800,
  maxEndpointingDelayMs: 4000,
  pauseAdaptation: 0.3,
  bargeIn: true,
  bargeInMinSpeechMs: 240,
  bargeInMinWords: 1,
  falseBargeInMs: 1600,
  preemptiveGeneration: true,
  preemptiveDelayMs: 140,
  maxSpeculationsPerTurn: 3,
  idlePromptAfterMs: 8000,
  maxIdlePrompts: 2,
  maxCallDurationMs: 30 * 60_000,
  fillerAfterMs: 900,
  fillerEveryMs: 5000,
  transcriptTimeoutMs: 2500,
  replyTimeoutMs: 6000,
  voiceTimeoutMs: 4000,
  markTimeoutMs: 3000,
  toolTimeoutMs: 15_000,
};

/** Sentences the platform itself says, in the agent's language. Several of a kind are used in turn. */
export interface Phrases {
  readonly fillers: readonly string[];
  readonly idlePrompts: readonly string[];
  /** "Sorry, I didn't catch that." */
  readonly didNotHear: readonly string[];
  /** Something of ours broke; go on. */
  readonly recovery: readonly string[];
  /** Nothing works any more; said before hanging up. */
  readonly apology: string;
  readonly goodbye: string;
  /** For a phone caller whom no recogniser hears. */
  readonly keypadMenu: string;
}

/** What is done with the call's sound. */
export interface RecordingPlan {
  readonly enabled: boolean;
  /** Said to the caller before anything is recorded; a part of the greeting's turn, never interrupted away. */
  readonly announcement?: string;
}

/** Words that end the ordinary conversation at once. */
export interface EmergencyPlan {
  /** In the agent's language(s), as a caller says them: "chest pain", "can't breathe". Compared without case. */
  readonly words: readonly string[];
  /** Said word for word, without a model. Names the number to ring. */
  readonly say: string;
  /** E.164. The call goes there as soon as the words were said. */
  readonly transferTo?: string;
}

/** Another agent that may take the call over. Whole, because the engine reads no database. */
export interface HandoffTarget {
  readonly agentId: string;
  readonly agentName: string;
  /** For the model: when this agent is the right one. */
  readonly when: string;
  readonly instructions: string;
  /** Said by the other agent when it takes over. */
  readonly greeting: string;
  /** BCP-47. */
  readonly language: string;
  readonly voice?: string;
  readonly keyterms: readonly string[];
  readonly tools: readonly ToolSpec[];
  readonly knowledge?: { readonly collectionIds: readonly string[] };
  /** The platform's sentences in this agent's language; the first agent's when absent. */
  readonly phrases?: Phrases;
}

/** A question the owner wants answered by every call; read after it has ended. */
export interface OutcomeField {
  readonly name: string;
  readonly type: "text" | "number" | "boolean" | "choice";
  readonly description: string;
  /** With `choice` only. */
  readonly choices?: readonly string[];
}

/** Personal data that a language model does not get to read. */
export interface ModelRedaction {
  readonly kinds: readonly ("card" | "national-id" | "iban" | "email" | "phone")[];
  /** Where a telephone number without a country code belongs. */
  readonly country?: string;
}

export interface CallPlan {
  readonly callId: string;
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly direction: "inbound" | "outbound";
  /** BCP-47. */
  readonly language: string;
  /** IANA name, e.g. `Africa/Cairo`. */
  readonly timeZone: string;
  readonly greeting: string;
  /** The model's standing instructions, already filled in. */
  readonly instructions: string;
  readonly keyterms: readonly string[];
  readonly voice?: string;
  readonly phrases: Phrases;
  readonly turnPolicy: TurnPolicy;
  readonly tools: readonly ToolSpec[];
  readonly maxOutputTokens: number;
  /** Caller and called party; content, never logged. */
  readonly from?: string;
  readonly to?: string;
  /** Of the person at the other end, when the organisation knows them. */
  readonly contactId?: string;
  /** A call that sounds like a machine is ended. */
  readonly hangUpOnRobocalls?: boolean;
  /** Absent: not recorded. */
  readonly recording?: RecordingPlan;
  readonly emergency?: EmergencyPlan;
  /** E.164. Where a caller who asks for a human goes. Absent: a message is taken instead. */
  readonly transferTo?: string;
  readonly handoffs?: readonly HandoffTarget[];
  /** `greeting`: the greeting says that an AI answers. `when-asked`: only when the caller wants to know. Never denied. */
  readonly aiDisclosure?: "greeting" | "when-asked";
  /** Recording and transcript stop while the caller gives the digits of a card. */
  readonly pauseForCardDigits?: boolean;
  /** Taken out of what a language model gets to read. Absent: nothing. */
  readonly redactBeforeModel?: ModelRedaction;
  /** The call came outside the business's hours; greeting and instructions are already those for it. */
  readonly afterHours?: boolean;
  /** Which stored configuration this plan was made from. */
  readonly agentVersion?: number | "draft";
  /** The arm of its number's split that the call is in. */
  readonly variant?: string;
  readonly outcomeFields?: readonly OutcomeField[];
  /** By agent and tool: what their owners set. Handed to whoever runs the tools; no secret is among them. */
  readonly toolSettings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  /** What the agent should have and cannot use in this call; `problem` is for its owner. */
  readonly leftOutTools?: readonly { readonly name: string; readonly problem: string }[];
  /** What the owner wants to know as soon as the caller wants or says it. `words` are watched for without a model. */
  readonly intents?: readonly {
    readonly name: string;
    readonly description: string;
    readonly words: readonly string[];
    /** Absent: every agent's. */
    readonly agentIds?: readonly string[];
  }[];
  /** Collections of documents that the agent answers from. Absent: none. */
  readonly knowledge?: { readonly collectionIds: readonly string[] };
}
