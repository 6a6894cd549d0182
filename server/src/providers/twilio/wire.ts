/** Twilio's stream messages, read. Media comes 50 times a second for every call and has a path of its own. */
import { z } from "zod";

export type StreamMessage =
  | { event: "connected" }
  | { event: "start"; streamSid: string; callSid: string; token: string | undefined }
  | { event: "media"; position: number | undefined; audio: Uint8Array }
  | { event: "dtmf"; digit: string }
  | { event: "mark"; name: string }
  | { event: "stop" }
  | { event: "unknown" };

const numberText = z.union([z.string(), z.number()]).optional();

const start = z.object({
  streamSid: z.string().min(1).max(100).optional(),
  start: z.object({
    streamSid: z.string().min(1).max(100).optional(),
    callSid: z.string().max(100).default(""),
    customParameters: z.record(z.string(), z.unknown()).default({}),
  }),
});
const media = z.object({ media: z.object({ chunk: numberText, track: z.string().optional(), payload: z.string() }) });
const dtmf = z.object({ dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }) });
const mark = z.object({ mark: z.object({ name: z.string().max(1000) }) });

const mediaStart = '{"event":"media"';
const payloadKey = '"payload":"';
const chunkKey = '"chunk":"';
const outboundTrack = '"track":"outbound';
const quote = 0x22;

/** Digits of a JSON string value that begins at `from`; undefined when it is none. */
function readDigits(text: string, from: number): number | undefined {
  let value = 0;
  for (let index = from; index < from + 16; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) return index > from ? value : undefined;
    if (!(code >= 0x30 && code <= 0x39)) return undefined;
    value = value * 10 + (code - 0x30);
  }
  return undefined;
}

/**
 * The shape Twilio sends, without building objects. A quote inside a JSON string is escaped, so the keys' own quotes
 * cannot be mistaken. Anything unusual falls through to the full reader.
 */
function readMediaQuickly(bytes: Buffer): StreamMessage | undefined {
  if (bytes[bytes.length - 1] !== 0x7d) return undefined;
  const text = bytes.toString("latin1");
  if (!text.startsWith(mediaStart)) return undefined;
  const payloadAt = text.indexOf(payloadKey);
  const chunkAt = text.indexOf(chunkKey);
  if (payloadAt < 0 || chunkAt < 0 || text.includes(outboundTrack)) return undefined;
  const from = payloadAt + payloadKey.length;
  const end = text.indexOf('"', from);
  const position = readDigits(text, chunkAt + chunkKey.length);
  if (end <= from || position === undefined) return undefined;
  const audio = Buffer.from(text.slice(from, end), "base64");
  return audio.length === 0 ? undefined : { event: "media", position, audio };
}

function toPosition(value: string | number | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function readMedia(message: unknown): StreamMessage | undefined {
  const parsed = media.safeParse(message);
  if (!parsed.success) return undefined;
  const { chunk, track, payload } = parsed.data.media;
  if (track?.startsWith("outbound")) return { event: "unknown" };
  const audio = Buffer.from(payload, "base64");
  return audio.length === 0 ? undefined : { event: "media", position: toPosition(chunk), audio };
}

function readStart(message: unknown): StreamMessage | undefined {
  const parsed = start.safeParse(message);
  if (!parsed.success) return undefined;
  const { start: body } = parsed.data;
  const streamSid = body.streamSid ?? parsed.data.streamSid;
  const token = body.customParameters.token;
  if (streamSid === undefined) return undefined;
  return { event: "start", streamSid, callSid: body.callSid, token: typeof token === "string" ? token : undefined };
}

function readSlowly(bytes: Buffer): StreamMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null) return undefined;
  const event = (message as { event?: unknown }).event;
  if (event === "media") return readMedia(message);
  if (event === "start") return readStart(message);
  if (event === "connected" || event === "stop") return { event };
  if (event === "dtmf") {
    const parsed = dtmf.safeParse(message);
    return parsed.success ? { event, digit: parsed.data.dtmf.digit } : undefined;
  }
  if (event === "mark") {
    const parsed = mark.safeParse(message);
    return parsed.success ? { event, name: parsed.data.mark.name } : undefined;
  }
  return typeof event === "string" ? { event: "unknown" } : undefined;
}

/** Undefined when the message cannot be read. Never throws. */
export function readMessage(bytes: Buffer): StreamMessage | undefined {
  return (bytes.length > 40 ? readMediaQuickly(bytes) : undefined) ?? readSlowly(bytes);
}
