import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { createOutbox } from "../control/outbox.ts";
import { parseJson } from "../control/settings.ts";
import { createEar } from "./ear.ts";
import { createFluxSession } from "./flux-session.ts";
import { createNovaSession } from "./nova-session.ts";
import type { FluxQuery, NovaQuery } from "./query.ts";
import type { RecognizerOptions, RecognizerSession } from "./recognizer-session.ts";
import type { DeepgramSettings } from "./settings.ts";

export type ListenRequest = { version: 1; query: NovaQuery } | { version: 2; query: FluxQuery };

/** What a test or a person can see of a stream, while it runs and after. */
export type DeepgramSession = {
  readonly requestId: string;
  readonly version: 1 | 2;
  readonly query: NovaQuery | FluxQuery;
  /** Every word heard, whatever was sent of it. */
  readonly words: readonly string[];
  readonly audioMs: number;
  readonly frames: number;
  /** The types of the client's text messages. */
  readonly messages: readonly string[];
  readonly sent: number;
  readonly closed: { code: number; reason: string } | undefined;
};

type SessionRecord = { -readonly [K in keyof DeepgramSession]: DeepgramSession[K] } & {
  words: string[];
  messages: string[];
};
type Serving = { requestId: string; settings: () => DeepgramSettings; nowMs: () => number };

const NO_AUDIO =
  "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001";
const messageSchema = z.looseObject({ type: z.string() });

function openRecognizer(request: ListenRequest, context: Omit<RecognizerOptions<never>, "query">): RecognizerSession {
  return request.version === 1
    ? createNovaSession({ ...context, query: request.query })
    : createFluxSession({ ...context, query: request.query });
}

function toBytes(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

/** The client's side of one stream: what its frames and messages do. */
function createStream(record: SessionRecord, request: ListenRequest, serving: Serving & { socket: WebSocket }) {
  const { settings } = serving;
  const outbox = createOutbox(serving.socket, serving.nowMs);
  const send = (message: object): void => {
    if (settings().mute) return;
    record.sent += 1;
    outbox.send(settings().garbage ? '{"type":"Results","chan' : JSON.stringify(message), settings().processingDelayMs);
  };
  const recognizer = openRecognizer(request, { requestId: record.requestId, settings, send });
  const format = { encoding: request.query.encoding, sampleRateHz: request.query.sample_rate };
  const ear = createEar(format, {
    onWord(word) {
      record.words.push(word.text);
      recognizer.onWord(word);
    },
    onSpeechStart: (atMs) => recognizer.onSpeechStart(atMs),
    onStep: (detector) => recognizer.onStep(detector),
  });
  const finish = (): void => {
    recognizer.finish();
    outbox.close(1000, "");
  };
  return {
    outbox,
    takeAudio(bytes: Uint8Array): void {
      record.frames += 1;
      if (bytes.length === 0) return finish();
      if (!ear) return outbox.close(1008, "DATA-0000");
      ear.hear(bytes);
      record.audioMs = ear.heardMs;
    },
    takeText(text: string): void {
      const message = messageSchema.safeParse(parseJson(text));
      if (!message.success) return outbox.close(1008, "DATA-0000");
      const { type } = message.data;
      record.messages.push(type);
      if (type === "CloseStream") return finish();
      if (recognizer.onMessage(message.data)) return;
      send({ type: "Error", code: "UNPARSABLE_CLIENT_MESSAGE", description: `unknown message type ${type}` });
      outbox.close(1008, "unknown message type");
    },
  };
}

/** Serves one accepted socket until it closes. */
export function serveListen(socket: WebSocket, request: ListenRequest, serving: Serving): DeepgramSession {
  const record: SessionRecord = {
    requestId: serving.requestId,
    version: request.version,
    query: request.query,
    words: [],
    audioMs: 0,
    frames: 0,
    messages: [],
    sent: 0,
    closed: undefined,
  };
  const stream = createStream(record, request, { ...serving, socket });
  const { closeAfterMs, closeCode, idleTimeoutMs } = serving.settings();
  const idle = setTimeout(() => stream.outbox.close(1011, NO_AUDIO), idleTimeoutMs);
  const breakOff = (): void => (closeCode === 1_006 ? socket.terminate() : socket.close(closeCode, "sandbox fault"));
  const cut = closeAfterMs === null ? undefined : setTimeout(breakOff, closeAfterMs);

  socket.on("message", (data, isBinary) => {
    const bytes = toBytes(data);
    if (isBinary) stream.takeAudio(bytes);
    else stream.takeText(bytes.toString("utf8"));
    // Text keeps a stream alive only once audio has come.
    if (record.frames > 0) idle.refresh();
  });
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => {
    clearTimeout(idle);
    clearTimeout(cut);
    stream.outbox.drop();
    record.closed = { code, reason: reason.toString() };
  });
  return record;
}
