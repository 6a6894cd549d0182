/** The multi-context socket's messages as far as we read them, in every spelling seen. Checked by hand: the hot path. */

export interface Alignment {
  readonly chars: readonly string[];
  readonly startTimesMs: readonly number[];
}

export interface SocketMessage {
  readonly contextId: string | undefined;
  readonly audio: Buffer | undefined;
  readonly alignment: Alignment | undefined;
  readonly isFinal: boolean;
  /** The vendor's words, when it reports an error. */
  readonly error: string | undefined;
}

function field(value: unknown, ...names: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  for (const name of names) {
    const found: unknown = Reflect.get(value, name);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

function readAlignment(value: unknown): Alignment | undefined {
  const chars = field(value, "chars", "characters");
  const startTimesMs = field(value, "charStartTimesMs", "charsStartTimesMs", "char_start_times_ms");
  if (!Array.isArray(chars) || !Array.isArray(startTimesMs) || chars.length === 0) return undefined;
  if (startTimesMs.length !== chars.length) return undefined;
  return { chars: chars as string[], startTimesMs: startTimesMs as number[] };
}

/** Undefined when it is no JSON object. */
export function readSocketMessage(data: Buffer): SocketMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(data.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null) return undefined;
  const contextId = field(message, "contextId", "context_id");
  const audio = field(message, "audio");
  const code = field(message, "error");
  const words = field(message, "message");
  const errorCode = typeof code === "string" ? code : undefined;
  return {
    contextId: typeof contextId === "string" ? contextId : undefined,
    audio: typeof audio === "string" && audio !== "" ? Buffer.from(audio, "base64") : undefined,
    alignment: readAlignment(field(message, "alignment")),
    isFinal: field(message, "isFinal", "is_final") === true,
    error: errorCode === undefined ? undefined : typeof words === "string" ? `${errorCode}: ${words}` : errorCode,
  };
}
