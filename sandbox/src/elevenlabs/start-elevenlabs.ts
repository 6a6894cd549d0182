import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { closeServer, createKeyCheck, listenOnLoopback } from "../control/loopback.ts";
import { createSettings, type Settings, sendJson } from "../control/settings.ts";
import { userBody, voicesBody } from "./account.ts";
import { handleSpeech } from "./http-speech.ts";
import { type Refusal, refuse, refuseByFault, refuseUpgrade } from "./refusal.ts";
import { type ElevenLabsSettings, elevenLabsSettingsSchema } from "./settings.ts";
import { type ElevenLabsSession, readSocketRequest, serveSocket } from "./voice-socket.ts";

export type ElevenLabsStandIn = {
  /** `http://127.0.0.1:<port>`; the sockets are at the same place with `ws://`. */
  readonly url: string;
  readonly wsUrl: string;
  readonly sessions: readonly ElevenLabsSession[];
  /** Texts spoken over HTTP, oldest first. */
  readonly httpTexts: readonly string[];
  readonly settings: ElevenLabsSettings;
  setFaults(change: Partial<ElevenLabsSettings>): void;
  close(): Promise<void>;
};

const KEPT = 500;
type Scene = {
  settings: Settings<ElevenLabsSettings>;
  isRightKey: (key: string | undefined) => boolean;
  httpTexts: string[];
};

const wrongKey = (status: number): Refusal => refuse(status, "invalid_api_key", "Invalid API key");

function readKey(request: IncomingMessage): string | undefined {
  const key = request.headers["xi-api-key"];
  return typeof key === "string" ? key : undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse, scene: Scene): Promise<void> {
  if (await scene.settings.handle(request, response)) return;
  const url = URL.parse(request.url ?? "/", "http://sandbox");
  const { refuseStatus } = scene.settings.value;
  const refusal = scene.isRightKey(readKey(request))
    ? refuseStatus === null
      ? undefined
      : refuseByFault(refuseStatus)
    : wrongKey(401);
  if (refusal) return sendJson(response, refusal.status, refusal.body);
  const speech = {
    settings: () => scene.settings.value,
    nowMs: () => performance.now(),
    onSpoken: (text: string) => {
      scene.httpTexts.push(text);
      if (scene.httpTexts.length > KEPT) scene.httpTexts.shift();
    },
  };
  if (url && (await handleSpeech(request, response, { url, scene: speech }))) return;
  if (request.method === "GET" && url?.pathname === "/v1/voices") return sendJson(response, 200, voicesBody);
  if (request.method === "GET" && url?.pathname === "/v1/user") return sendJson(response, 200, userBody);
  sendJson(response, 404, refuse(404, "not_found", "Not Found").body);
}

/**
 * A stand-in for ElevenLabs' text to speech on a loopback port. Its voice carries the words in-band: who hears it can check them.
 * Without `apiKey` every key is right that does not begin with "invalid".
 */
export async function startElevenLabs(
  options: { port?: number; apiKey?: string; settings?: Partial<ElevenLabsSettings> } = {},
): Promise<ElevenLabsStandIn> {
  const settings = createSettings(elevenLabsSettingsSchema, options.settings);
  const sessions: ElevenLabsSession[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const isRightKey = createKeyCheck(options.apiKey);
  const scene: Scene = { settings, isRightKey, httpTexts: [] };

  const server = createServer((request, response) => {
    answer(request, response, scene).catch(() => response.destroy());
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const key = readKey(request);
    const { refuseStatus, rejectKeyBy } = settings.value;
    const keyRefused = key !== undefined && !isRightKey(key) && rejectKeyBy === "upgrade" ? wrongKey(403) : undefined;
    const fault = refuseStatus === null ? undefined : refuseByFault(refuseStatus);
    const asked = fault ?? keyRefused ?? readSocketRequest(request.url ?? "/");
    if ("status" in asked) return refuseUpgrade(socket, asked);
    sockets.handleUpgrade(request, socket, head, (client) => {
      const serve = { key, isRightKey, settings: () => settings.value, nowMs: () => performance.now() };
      sessions.push(serveSocket(client, asked, serve));
      if (sessions.length > KEPT) sessions.shift();
    });
  });

  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    sessions,
    httpTexts: scene.httpTexts,
    get settings() {
      return settings.value;
    },
    setFaults: (change) => settings.set(change),
    async close() {
      for (const client of sockets.clients) client.terminate();
      await closeServer(server);
    },
  };
}
