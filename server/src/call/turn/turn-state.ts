/**
 * Who has the floor: the state of a call's turn-taking, what can happen to it and what it may ask for. Plain data; every
 * time is milliseconds since the call started. `advance-turn.ts` is the only writer.
 */
import type { CallEventBody, HangUpReason, PhraseKind, TurnTrigger } from "../call-event.ts";
import type { TurnPolicy } from "../call-plan.ts";
import type { EmergencyWatch } from "./emergency.ts";
import type { RobocallWatch } from "./robocall.ts";

/** What the turn logic knows of the call beside its own state. */
export interface TurnContext {
  readonly policy: TurnPolicy;
  readonly language: string;
  /** Someone turns speech into words: a vendor, or the caller's own device. */
  readonly hasRecogniser: boolean;
  /** The recogniser decides where turns end (Flux). */
  readonly recogniserDecides: boolean;
  /** A phone caller whom nobody can hear: the keypad is all there is. */
  readonly keypadOnly: boolean;
  readonly emergency?: EmergencyWatch;
  readonly robocall?: RobocallWatch;
  /** The greeting begins with a sentence that must be heard, as its own segment. */
  readonly announces?: boolean;
}

export interface CallerState {
  /** Voice activity says that the caller makes speech now. */
  readonly voiced: boolean;
  readonly speechStartedAtMs: number | undefined;
  /** Audio time of the last voiced sample. */
  readonly lastVoiceAtMs: number | undefined;
  /** Frozen segments of the running turn, joined. */
  readonly frozen: string;
  /** What may still change. */
  readonly interim: string;
  /** When the words last changed. */
  readonly wordsAtMs: number | undefined;
  /** The recogniser's own end of speech came after the newest words. */
  readonly endOfSpeech: boolean;
  /** A recogniser that decides turns said that the end is likely. */
  readonly endLikely: boolean;
  /** Running estimate of the pauses this caller makes inside a turn. */
  readonly pauseMs: number;
  readonly speculations: number;
  /** The recogniser was asked for the words of this speech. */
  readonly nudged: boolean;
  readonly keypad: string;
  readonly keypadAtMs: number | undefined;
}

export type ReplyAudio = "none" | "playing" | "paused";

export interface ReplyState {
  readonly id: string;
  /** `answer`: the model's; otherwise a sentence of the platform. */
  readonly kind: "answer" | PhraseKind;
  readonly turnId: string | undefined;
  /** The caller's words it answers. */
  readonly answers: string;
  readonly trigger: TurnTrigger;
  readonly committedAtMs: number | undefined;
  readonly audio: ReplyAudio;
  readonly audible: boolean; // some of its own words were sent as sound (a filler's are not its own)
  readonly audioStartedAtMs: number | undefined;
  readonly pausedAtMs: number | undefined;
  /** The model has answered something in its running step. */
  readonly firstToken: boolean;
  /** When anything last moved in it: asked, first token, text given to the voice, sound begun or run out, tools done. */
  readonly progressAtMs: number;
  readonly toolSinceMs: number | undefined;
  readonly wroteSomething: boolean;
  readonly fillers: number;
  readonly fillerAtMs: number | undefined;
  /** The caller has heard it ask something, so that "yes" is an answer and no backchannel. */
  readonly asked: boolean;
  readonly interruptible: boolean;
  /** When it has been heard, the call ends for this reason. */
  readonly thenEnd: HangUpReason | undefined;
  /** When it has been heard, or cut, this agent takes over. */
  readonly thenHandTo: string | undefined;
}

export interface TurnState {
  readonly nowMs: number;
  readonly ended: boolean;
  readonly caller: CallerState;
  readonly reply: ReplyState | undefined;
  /** The turn the caller is making, or made last. */
  readonly turn: number;
  readonly replies: number;
  /** The words of the last committed turn, until the caller is heard again: a late transcript of them is no new turn. */
  readonly committed:
    | {
        readonly text: string;
        readonly atMs: number;
        /** All of it was final: no other version of it is to come. */
        readonly settled: boolean;
      }
    | undefined;
  /** Since when nobody has said anything. */
  readonly idleSinceMs: number;
  readonly idlePrompts: number;
  readonly notHeard: number;
  readonly failures: number;
  readonly falseBargeIns: number;
  /** The recogniser broke during the call and no other took over. */
  readonly deaf: boolean;
  /** When the caller's words last called for help. */
  readonly emergencyAtMs: number | undefined;
  /** Turns that may be a recording's; undefined once a person has spoken. */
  readonly opening: string | undefined;
  /** An operator wants nothing recorded now. */
  readonly recordingPaused: boolean;
  /** What operators want said, while a sentence runs that nothing may cut. */
  readonly saysWaiting: readonly string[];
}

export type TurnInput =
  | { type: "call-started" }
  | { type: "tick" }
  | { type: "speech-started"; startedAtMs: number }
  | { type: "speech-ended"; lastVoiceAtMs: number }
  | { type: "words"; text: string; frozen: boolean; endOfSpeech: boolean }
  | { type: "turn-words"; text: string; ending: "no" | "likely" | "yes" }
  | { type: "end-of-speech" }
  | { type: "typed"; text: string }
  | { type: "digit"; digit: string }
  | { type: "recogniser-lost" }
  | { type: "first-token"; replyId: string }
  | { type: "voice-asked"; replyId: string }
  | { type: "segment-heard"; replyId: string; text: string }
  | { type: "audio-started"; replyId: string; filler: boolean }
  /** Everything sent was heard, and more is to come. */
  | { type: "audio-drained"; replyId: string }
  | { type: "tool-started"; replyId: string; effect: "read" | "write" }
  | { type: "tools-finished"; replyId: string }
  | { type: "ends-call"; replyId: string; reason: "agent-ended" | "transferred" }
  | { type: "hands-off"; replyId: string; agentId: string }
  | { type: "heard"; replyId: string }
  | { type: "reply-failed"; replyId: string }
  | { type: "operator"; command: OperatorCommand }
  | { type: "drain" }
  | { type: "closed" };

/** What an operator may do to a live call. */
export type OperatorCommand =
  | { readonly type: "hang-up" }
  /** Spoken in the agent's voice. */
  | { readonly type: "say"; readonly text: string }
  /** For the model alone. */
  | { readonly type: "whisper"; readonly text: string }
  /** `to`: E.164. Only where the line can be put through. */
  | { readonly type: "transfer"; readonly to: string }
  | { readonly type: "pause-recording" }
  | { readonly type: "resume-recording" };

export type TimedInput = TurnInput & { readonly atMs: number };

export type TurnEffect =
  | { type: "start-reply"; replyId: string; turnId: string; text: string; speculative: boolean }
  | { type: "commit-turn"; turnId: string; text: string; trigger: TurnTrigger; lastVoiceAtMs: number | undefined }
  /** The turn went on after all and nothing was heard: its words leave the conversation again. */
  | { type: "reopen-turn"; turnId: string }
  | { type: "commit-reply"; replyId: string }
  /** Nothing of it remains anywhere. */
  | { type: "withdraw-reply"; replyId: string }
  /** `turnId`: it is the answer to that turn. */
  | { type: "start-phrase"; replyId: string; phrase: PhraseKind; variant: number; text?: string; turnId?: string }
  | { type: "hand-off"; agentId: string }
  /** From now on the model reads it. */
  | { type: "note-whisper"; text: string }
  | { type: "pause-recording" }
  | { type: "resume-recording" }
  | { type: "play-filler"; replyId: string; variant: number }
  | { type: "pause-playback"; replyId: string }
  | { type: "resume-playback"; replyId: string }
  /** What was heard stays, the rest is gone. */
  | { type: "cut-reply"; replyId: string }
  | { type: "finalize-transcript" }
  | { type: "emit"; event: CallEventBody }
  | { type: "end-call"; reason: HangUpReason };

const silentCaller: CallerState = {
  voiced: false,
  speechStartedAtMs: undefined,
  lastVoiceAtMs: undefined,
  frozen: "",
  interim: "",
  wordsAtMs: undefined,
  endOfSpeech: false,
  endLikely: false,
  pauseMs: 0,
  speculations: 0,
  nudged: false,
  keypad: "",
  keypadAtMs: undefined,
};

export const initialTurnState: TurnState = {
  nowMs: 0,
  ended: false,
  caller: silentCaller,
  reply: undefined,
  turn: 1,
  replies: 0,
  committed: undefined,
  idleSinceMs: 0,
  idlePrompts: 0,
  notHeard: 0,
  failures: 0,
  falseBargeIns: 0,
  deaf: false,
  emergencyAtMs: undefined,
  opening: "",
  recordingPaused: false,
  saysWaiting: [],
};

export function joinWords(a: string, b: string): string {
  if (a === "") return b;
  return b === "" ? a : `${a} ${b}`;
}

/** Everything the caller has said in the running turn. */
export function callerText(caller: CallerState): string {
  return joinWords(caller.frozen, caller.interim).trim();
}

/** The same words, whatever the punctuation and case. */
export function sameWords(a: string, b: string): boolean {
  return bareWords(a) === bareWords(b);
}

export function bareWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The caller's words are spent; what is known of voice and pauses stays. */
export function withoutWords(caller: CallerState): CallerState {
  return {
    ...caller,
    frozen: "",
    interim: "",
    wordsAtMs: undefined,
    endOfSpeech: false,
    endLikely: false,
    speculations: 0,
    keypad: "",
    keypadAtMs: undefined,
  };
}
