import type { WebSocket } from "ws";
import { parseJson } from "../control/settings.ts";
import { serveMultiStreamInput } from "./multi-stream-input.ts";
import { refuseModel, type SocketQuery, socketQuerySchema } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { ElevenLabsSettings } from "./settings.ts";
import { type ClientMessage, clientMessageSchema } from "./socket-message.ts";
import { failSocket, type SocketScene } from "./speech-context.ts";
import { serveStreamInput } from "./stream-input.ts";

export type SocketRequest = { kind: "stream-input" | "multi-stream-input"; voiceId: string; query: SocketQuery };

/** What a test or a person can see of a socket, while it runs and after. */
export type ElevenLabsSession = {
  readonly kind: SocketRequest["kind"];
  readonly voiceId: string;
  readonly query: SocketQuery;
  readonly messages: readonly ClientMessage[];
  /** Texts in the order in which they became speech. */
  readonly spoken: readonly string[];
  readonly closed: { code: number; reason: string } | undefined;
};

const socketPath = /^\/v1\/text-to-speech\/([^/]+)\/(stream-input|multi-stream-input)$/u;

/** The socket asked for, or why it is refused. */
export function readSocketRequest(path: string): SocketRequest | Refusal {
  const url = URL.parse(path, "http://sandbox");
  const [, voiceId, kind] = socketPath.exec(url?.pathname ?? "") ?? [];
  if (!url || !voiceId) return refuse(404, "not_found", "Not Found");
  const query = socketQuerySchema.safeParse({
    output_format: "mp3_44100_128",
    ...Object.fromEntries(url.searchParams),
  });
  if (!query.success) {
    const issue = query.error.issues[0];
    return refuse(400, "invalid_parameter", `${issue?.path.join(".")}: ${issue?.message}`);
  }
  const wrong = refuseModel(query.data, true);
  if (wrong) return refuse(400, wrong.status, wrong.message);
  return { kind: kind === "stream-input" ? kind : "multi-stream-input", voiceId, query: query.data };
}

/** Serves one accepted socket until it closes. Without a key in the header the first message must bring one. */
export function serveSocket(
  socket: WebSocket,
  request: SocketRequest,
  options: {
    key: string | undefined;
    isRightKey: (key: string | undefined) => boolean;
    settings: () => ElevenLabsSettings;
    nowMs: () => number;
  },
): ElevenLabsSession {
  const { settings } = options;
  const spoken: string[] = [];
  const messages: ClientMessage[] = [];
  const session: { -readonly [K in keyof ElevenLabsSession]: ElevenLabsSession[K] } = {
    ...request,
    messages,
    spoken,
    closed: undefined,
  };
  const scene: SocketScene = {
    socket,
    query: request.query,
    settings,
    nowMs: options.nowMs,
    onSpoken: (text) => spoken.push(text),
  };
  const inactivityMs = settings().inactivityTimeoutMs ?? request.query.inactivity_timeout * 1_000;
  const handler =
    request.kind === "stream-input" ? serveStreamInput(scene) : serveMultiStreamInput(scene, inactivityMs);
  const idle = setTimeout(() => {
    const seconds = (inactivityMs / 1_000).toFixed(1);
    failSocket(
      scene,
      "input_timeout_exceeded",
      `Have not received a new text input within the timeout of ${seconds} seconds. Connection will be closed.`,
    );
  }, inactivityMs);
  let trusted = options.key !== undefined && options.isRightKey(options.key);

  socket.on("message", (data: Buffer, isBinary) => {
    idle.refresh();
    const message = clientMessageSchema.safeParse(isBinary ? undefined : parseJson(data.toString("utf8")));
    if (!message.success) {
      const issue = message.error.issues[0];
      return failSocket(scene, "invalid_message", `${issue?.path.join(".") || "message"}: ${issue?.message}`);
    }
    messages.push(message.data);
    trusted ||= options.key === undefined && options.isRightKey(message.data["xi-api-key"] ?? undefined);
    if (!trusted) return failSocket(scene, "invalid_api_key", "Invalid API key");
    handler.onMessage(message.data);
  });
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => {
    clearTimeout(idle);
    handler.onClose();
    session.closed = { code, reason: reason.toString() };
  });
  return session;
}
