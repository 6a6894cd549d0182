/**
 * Everything that can happen in a call, one union. This stream is the log, the metrics, the live view, the replay and the
 * test oracle. Facts (ids, numbers, times) stand on the event itself; words stand under `content`, which is stored encrypted.
 * `atMs` is milliseconds since the call started, on a monotonic clock. Stored events of every released version stay readable.
 */
export const callEventVersion = 1;

export type CallChannel = "phone" | "web" | "text";

export type CallStage = "transport" | "recogniser" | "turn" | "model" | "tool" | "voice" | "playback";

export type TurnTrigger =
  | "recogniser" // a recogniser that decides turns said so, or its endpointing fired on a finished phrase
  | "silence" // our own endpointing delay passed
  | "shortcut" // yes, no and the like, at once
  | "keypad"
  | "typed"
  | "watchdog";

export type HangUpReason =
  | "caller-hung-up"
  | "agent-ended" // end_call after the goodbye was heard
  | "idle" // nobody spoke after the last prompt
  | "max-duration"
  | "operator"
  | "transferred" // the caller heard so, and the carrier dials somebody else
  | "robocall" // a machine that reads something out; it was told goodbye
  | "failed" // nothing left to answer with; the caller heard so
  | "draining";

export type ReplyOutcome = "completed" | "interrupted" | "withdrawn" | "failed";

export type WatchdogReason =
  | "speech-without-transcript"
  | "transcript-without-reply"
  | "reply-without-audio"
  | "audio-without-marks"
  | "tool-without-result"
  | "silence"
  | "max-duration";

/** Why a sentence that is not the model's own was spoken. */
export type PhraseKind =
  | "greeting"
  | "filler"
  | "idle-prompt"
  | "did-not-hear"
  | "recovery"
  | "apology"
  | "goodbye"
  | "keypad-menu"
  | "operator-say"
  | "emergency"
  | "transfer"
  | "handoff-greeting";

/** One turn's waterfall. Each figure in milliseconds between two events; absent when the stage did not take part. */
export interface TurnLatency {
  /** Caller's last voiced sample (audio time) → first reply frame sent. The headline. */
  readonly firstAudioMs?: number;
  /** Caller's last voiced sample → the turn was committed. */
  readonly endpointingDelayMs?: number;
  /** Caller's last voiced sample → the transcript that was committed had arrived. */
  readonly finalTranscriptDelayMs?: number;
  /** Model asked → first token. */
  readonly timeToFirstTokenMs?: number;
  /** Model asked → first clause complete. */
  readonly timeToFirstSentenceMs?: number;
  /** First clause given to the voice → its first audio byte. */
  readonly timeToFirstByteMs?: number;
  /** First-audio latency less what the vendors took. */
  readonly platformOverheadMs?: number;
}

export type CallEventBody =
  | {
      type: "call-started";
      channel: CallChannel;
      direction: "inbound" | "outbound";
      content?: { from?: string; to?: string };
    }
  | { type: "speech-started" }
  | { type: "speech-ended"; lastVoiceAtMs: number }
  | { type: "transcript-interim"; content: { text: string } }
  | { type: "transcript-final"; content: { text: string } }
  | { type: "keypad"; content: { digit: string } }
  | { type: "turn-committed"; turnId: string; trigger: TurnTrigger; lastVoiceAtMs?: number; content: { text: string } }
  | { type: "reply-started"; replyId: string; turnId: string; speculative: boolean }
  | { type: "reply-committed"; replyId: string }
  | { type: "reply-withdrawn"; replyId: string; generatedChars: number }
  | { type: "model-first-token"; replyId: string }
  | { type: "reply-first-sentence"; replyId: string }
  | { type: "voice-first-byte"; replyId: string }
  | { type: "reply-first-audio"; replyId: string; phrase?: PhraseKind }
  | { type: "reply-text"; replyId: string; segment: number; phrase?: PhraseKind; content: { text: string } }
  | { type: "segment-heard"; replyId: string; segment: number }
  | {
      type: "reply-finished";
      replyId: string;
      turnId?: string;
      phrase?: PhraseKind;
      outcome: ReplyOutcome;
      heardMs: number;
      content: { heard: string; unheard: string };
    }
  | { type: "turn-latency"; turnId: string; replyId: string; latency: TurnLatency }
  | { type: "barge-in"; replyId: string; playedMs: number; speechStartedAtMs: number }
  | { type: "barge-in-confirmed"; replyId: string }
  | { type: "barge-in-false"; replyId: string }
  | { type: "backchannel"; content: { text: string } }
  | {
      type: "tool-started";
      toolCallId: string;
      replyId: string;
      name: string;
      effect: "read" | "write";
      content: { input: unknown };
    }
  | {
      type: "tool-finished";
      toolCallId: string;
      replyId: string;
      name: string;
      outcome: "ok" | "failed" | "timed-out" | "uncertain";
      durationMs: number;
      content: { output: unknown };
    }
  /** What the organisation's documents gave to a reply. `waitedMs`: what it cost the reply; 0 when it was there in time. */
  | {
      type: "knowledge-used";
      turnId: string;
      replyId: string;
      durationMs: number;
      waitedMs: number;
      prefetched: boolean;
      passages: readonly { id: string; sourceId: string; page?: number; score: number }[];
      content: { query: string; titles: readonly string[] };
    }
  /** A write that the caller had neither asked for nor agreed to; it was not done. */
  | { type: "tool-refused"; toolCallId: string; replyId: string; name: string; content: { input: unknown } }
  | { type: "idle-prompt"; count: number }
  /** The caller's words call for help: the agent says what to do at once. */
  | { type: "emergency"; transfers: boolean; content: { word: string; text: string } }
  /** The caller is told; the leg ends when they have heard it. */
  | { type: "transfer-started"; by: "agent" | "emergency" | "operator"; content: { to: string } }
  /** Somebody wanted a transfer where none can be made: a message is offered instead. */
  | { type: "transfer-unavailable"; by: "agent" | "emergency" | "operator" }
  | { type: "handed-off"; agentId: string; agentName: string; language: string }
  /** An operator's hint for the model; the caller never hears it. */
  | { type: "operator-whisper"; content: { text: string } }
  /** From here to `recording-resumed` an operator lets nothing be recorded; the call goes on. */
  | { type: "recording-paused" }
  | { type: "recording-resumed" }
  | {
      type: "stage-error";
      stage: CallStage;
      provider: string;
      category: string;
      permanent: boolean;
      status?: number;
      /** The vendor's own words, for the owner. */
      content?: { vendorMessage: string };
    }
  | { type: "provider-switched"; stage: CallStage; from: string; to: string }
  | {
      type: "watchdog";
      reason: WatchdogReason;
      recovery: "re-prompt" | "retry" | "finalize" | "apologize" | "resume" | "hang-up";
    }
  | {
      type: "usage";
      stage: CallStage;
      provider: string;
      model: string;
      /** `cachedInputTokens` are among them. */
      inputTokens?: number;
      cachedInputTokens?: number;
      outputTokens?: number;
      /** Sent to the voice; sentences that were ready cost nothing and are not among them. */
      characters?: number;
      /** Sound sent to the recogniser, silence too. */
      audioMs?: number;
      /** The vendor told no figure, as of a reply that was cut: counted here from its text. */
      estimated?: true;
      /** On the organisation's own account at the vendor. */
      ownKey?: true;
    }
  | {
      type: "media-stats";
      framesIn: number;
      framesLate: number;
      malformed: number;
      oversized: number;
      outOfOrder: number;
      voiceActivityShare: number;
    }
  | {
      type: "notice";
      code: "no-voice" | "no-recogniser" | "provider-key-missing" | "tool-left-out";
      content: { text: string };
    }
  | { type: "call-ended"; reason: HangUpReason; durationMs: number };

export type CallEvent = CallEventBody & {
  readonly v: typeof callEventVersion;
  readonly seq: number;
  readonly atMs: number;
};

export type CallEventType = CallEventBody["type"];
