import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { createOutbox } from "../control/outbox.ts";
import { parseJson } from "../control/settings.ts";
import { createEar, type Ear } from "./ear.ts";
import { createFluxSession } from "./flux-session.ts";
import { createNovaSession } from "./nova-session.ts";
import type { FluxQuery, NovaQuery } from "./query.ts";
import type { RecognizerSession } from "./recognizer-session.ts";
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
  readonly messages: readonly string[];
  readonly sent: number;
  readonly closed: { code: number; reason: string } | undefined;
};

type MutableSession = { -readonly [K in keyof DeepgramSession]: DeepgramSession[K] } & {
  words: string[];
  messages: string[];
};

const NO_AUDIO =
  "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001";
const messageSchema = z.looseObject({ type: z.string() });

function openRecognizer(
  request: ListenRequest,
  context: { requestId: string; settings: () => DeepgramSettings; send: (message: object) => void },
): RecognizerSession {
  return request.version === 1
    ? createNovaSession({ ...context, query: request.query })
    : createFluxSession({ ...context, query: request.query });
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Serves one accepted socket until it closes. */
export function serveListen(
  socket: WebSocket,
  request: ListenRequest,
  options: { requestId: string; settings: () => DeepgramSettings; nowMs: () => number },
): DeepgramSession {
  const { settings } = options;
  const outbox = createOutbox(socket, options.nowMs);
  const session: MutableSession = {
    requestId: options.requestId,
    version: request.version,
    query: request.query,
    words: [],
    audioMs: 0,
    frames: 0,
    messages: [],
    sent: 0,
    closed: undefined,
  };

  function send(message: object): void {
    if (settings().mute) return;
    session.sent += 1;
    outbox.send(
      settings().garbage ? `{"type":"Results",${randomUUID()}` : JSON.stringify(message),
      settings().processingDelayMs,
    );
  }

  const recognizer = openRecognizer(request, { requestId: options.requestId, settings, send });
  const ear = openEar(request, recognizer, session);
  const idle = setTimeout(() => outbox.close(1011, NO_AUDIO), settings().idleTimeoutMs);
  const { closeAfterMs } = settings();
  const cut =
    closeAfterMs === null
      ? undefined
      : setTimeout(() => socket.close(settings().closeCode, "sandbox fault"), closeAfterMs);

  function finish(): void {
    recognizer.finish();
    outbox.close(1000, "");
  }

  function takeAudio(bytes: Uint8Array): void {
    session.frames += 1;
    idle.refresh();
    if (bytes.length === 0) return finish();
    if (!ear) return outbox.close(1008, "DATA-0000");
    ear.hear(bytes);
    session.audioMs = ear.heardMs;
  }

  function takeText(text: string): void {
    const message = messageSchema.safeParse(parseJson(text));
    if (!message.success) return outbox.close(1008, "DATA-0000");
    session.messages.push(message.data.type);
    // Text keeps a stream alive only once audio has come.
    if (session.frames > 0) idle.refresh();
    if (message.data.type === "CloseStream") return finish();
    if (recognizer.onMessage(message.data)) return;
    send({
      type: "Error",
      code: "UNPARSABLE_CLIENT_MESSAGE",
      description: `unknown message type ${message.data.type}`,
    });
    outbox.close(1008, "unknown message type");
  }

  socket.on("message", (data, isBinary) => {
    const bytes = toBytes(data);
    if (isBinary) takeAudio(bytes);
    else takeText(Buffer.from(bytes).toString("utf8"));
  });
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => {
    clearTimeout(idle);
    clearTimeout(cut);
    outbox.drop();
    session.closed = { code, reason: reason.toString() };
  });
  return session;
}

function openEar(request: ListenRequest, recognizer: RecognizerSession, session: MutableSession): Ear | undefined {
  return createEar(
    { encoding: request.query.encoding, sampleRateHz: request.query.sample_rate },
    {
      onWord(word) {
        session.words.push(word.text);
        recognizer.onWord(word);
      },
      onSpeechStart: (atMs) => recognizer.onSpeechStart(atMs),
      onStep: (detector) => recognizer.onStep(detector),
    },
  );
}
