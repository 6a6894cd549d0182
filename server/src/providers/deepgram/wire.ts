/** Deepgram's messages as far as we read them. Checked by hand: this is the hot path, and unknown fields are welcome. */

export interface NovaResults {
  readonly type: "Results";
  readonly text: string;
  readonly audioEndMs: number | undefined;
  readonly isFinal: boolean;
  readonly speechFinal: boolean;
  readonly fromFinalize: boolean;
}

export type NovaMessage =
  | NovaResults
  | { readonly type: "SpeechStarted" }
  | { readonly type: "UtteranceEnd" }
  | { readonly type: "Error"; readonly words: string }
  | { readonly type: "other" };

const turnEvents = ["StartOfTurn", "Update", "EagerEndOfTurn", "TurnResumed", "EndOfTurn"] as const;

export interface FluxTurn {
  readonly type: "TurnInfo";
  readonly event: (typeof turnEvents)[number];
  readonly text: string;
  readonly trigger: "model" | "manual" | "timeout";
  /** End of the last word, or of the audio that was judged, from this connection's first sample. */
  readonly wordsEndMs: number | undefined;
}

export type FluxMessage =
  | FluxTurn
  | { readonly type: "Error"; readonly code: string; readonly words: string }
  | { readonly type: "other" };

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function milliseconds(seconds: unknown): number | undefined {
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

/** Undefined when it is no JSON object. */
function parseObject(data: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(data.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function readError(message: object): { type: "Error"; code: string; words: string } {
  const words =
    text(field(message, "description")) || text(field(message, "message")) || text(field(message, "err_msg"));
  return { type: "Error", code: text(field(message, "code")) || text(field(message, "variant")), words };
}

function readResults(message: object): NovaResults {
  const alternatives = field(field(message, "channel"), "alternatives");
  const best: unknown = Array.isArray(alternatives) ? alternatives[0] : undefined;
  const startMs = milliseconds(field(message, "start"));
  const durationMs = milliseconds(field(message, "duration"));
  return {
    type: "Results",
    text: text(field(best, "transcript")),
    audioEndMs: startMs === undefined || durationMs === undefined ? undefined : startMs + durationMs,
    isFinal: field(message, "is_final") === true,
    speechFinal: field(message, "speech_final") === true,
    fromFinalize: field(message, "from_finalize") === true,
  };
}

export function readNovaMessage(data: Buffer): NovaMessage | undefined {
  const message = parseObject(data);
  if (!message) return undefined;
  switch (field(message, "type")) {
    case "Results":
      return readResults(message);
    case "SpeechStarted":
      return { type: "SpeechStarted" };
    case "UtteranceEnd":
      return { type: "UtteranceEnd" };
    case "Error":
      return readError(message);
    default:
      return { type: "other" };
  }
}

function readTurn(message: object): FluxMessage {
  const event = turnEvents.find((known) => known === field(message, "event"));
  if (!event) return { type: "other" };
  const words = field(message, "words");
  const lastWord: unknown = Array.isArray(words) ? words.at(-1) : undefined;
  const trigger = field(message, "trigger");
  return {
    type: "TurnInfo",
    event,
    text: text(field(message, "transcript")),
    trigger: trigger === "manual" || trigger === "timeout" ? trigger : "model",
    wordsEndMs: milliseconds(field(lastWord, "end")) ?? milliseconds(field(message, "audio_window_end")),
  };
}

export function readFluxMessage(data: Buffer): FluxMessage | undefined {
  const message = parseObject(data);
  if (!message) return undefined;
  const type = field(message, "type");
  if (type === "TurnInfo") return readTurn(message);
  if (type === "Error") return readError(message);
  return { type: "other" };
}
