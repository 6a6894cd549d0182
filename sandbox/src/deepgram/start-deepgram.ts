import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { closeServer, createKeyCheck, listenOnLoopback } from "../control/loopback.ts";
import { createSettings, sendJson } from "../control/settings.ts";
import { type DeepgramSession, type ListenRequest, serveListen } from "./listen-socket.ts";
import { collectQuery, fluxQuerySchema, novaQuerySchema } from "./query.ts";
import { type DeepgramSettings, deepgramSettingsSchema } from "./settings.ts";

export type DeepgramStandIn = {
  /** `http://127.0.0.1:<port>`; the sockets are at the same place with `ws://`. */
  readonly url: string;
  readonly wsUrl: string;
  readonly sessions: readonly DeepgramSession[];
  readonly settings: DeepgramSettings;
  setFaults(change: Partial<DeepgramSettings>): void;
  close(): Promise<void>;
};

type Refusal = { status: number; code: string; message: string };
const KEPT_SESSIONS = 500;
const PROJECT_ID = "00000000-0000-4000-8000-000000000001";

/** The key in the header (`Token` or `Bearer`) or in the subprotocol, as browsers send it. */
function readKey(request: IncomingMessage): string | undefined {
  const header = /^(?:token|bearer)\s+(\S+)$/iu.exec(request.headers.authorization ?? "")?.[1];
  const [scheme, key] = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  return header ?? (scheme === "token" || scheme === "bearer" ? key : undefined);
}

function describeRefusal(refusal: Refusal, requestId: string): object {
  return { err_code: refusal.code, err_msg: refusal.message, request_id: requestId };
}

function refuseUpgrade(socket: Duplex, refusal: Refusal, requestId: string): void {
  const body = JSON.stringify(describeRefusal(refusal, requestId));
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Error"}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      `dg-request-id: ${requestId}`,
      `dg-error: ${refusal.message.replace(/[^\x20-\x7e]/gu, "?")}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

/** The stream asked for, or why it is refused. */
function readListenRequest(path: string): ListenRequest | Refusal {
  const url = URL.parse(path, "http://sandbox");
  if (!url) return { status: 400, code: "BAD_REQUEST", message: "the path cannot be read" };
  const query = collectQuery(url.searchParams);
  if (url.pathname !== "/v1/listen" && url.pathname !== "/v2/listen") {
    return { status: 404, code: "NOT_FOUND", message: `no socket at ${url.pathname}` };
  }
  const parsed = url.pathname === "/v1/listen" ? novaQuerySchema.safeParse(query) : fluxQuerySchema.safeParse(query);
  if (parsed.error) {
    const issue = parsed.error.issues[0];
    return { status: 400, code: "INVALID_QUERY_PARAMETER", message: `${issue?.path.join(".")}: ${issue?.message}` };
  }
  return url.pathname === "/v1/listen"
    ? { version: 1, query: novaQuerySchema.parse(query) }
    : { version: 2, query: fluxQuerySchema.parse(query) };
}

function answer(request: IncomingMessage, response: ServerResponse, refusal: Refusal | undefined): void {
  if (refusal) return sendJson(response, refusal.status, describeRefusal(refusal, randomUUID()));
  if (request.method === "GET" && request.url?.split("?")[0] === "/v1/projects") {
    return sendJson(response, 200, { projects: [{ project_id: PROJECT_ID, name: "sandbox" }] });
  }
  sendJson(response, 404, describeRefusal({ status: 404, code: "NOT_FOUND", message: "no such route" }, randomUUID()));
}

/**
 * A stand-in for Deepgram's streaming recogniser on a loopback port. It writes down only what it finds in the samples.
 * Without `apiKey` every key is right that does not begin with "invalid".
 */
export async function startDeepgram(
  options: { port?: number; apiKey?: string; settings?: Partial<DeepgramSettings> } = {},
): Promise<DeepgramStandIn> {
  const settings = createSettings(deepgramSettingsSchema, options.settings);
  const sessions: DeepgramSession[] = [];
  const isRightKey = createKeyCheck(options.apiKey);
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.values().next().value ?? false,
  });
  let requestId = "";
  sockets.on("headers", (headers) => headers.push(`dg-request-id: ${requestId}`));

  function refuseKey(request: IncomingMessage): Refusal | undefined {
    return isRightKey(readKey(request))
      ? undefined
      : { status: 401, code: "INVALID_AUTH", message: "Invalid credentials." };
  }

  const server = createServer((request, response) => {
    void settings.handle(request, response).then((handled) => {
      if (!handled) answer(request, response, refuseKey(request));
    });
  });

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    requestId = randomUUID();
    const { refuseStatus } = settings.value;
    const fault =
      refuseStatus === null ? undefined : { status: refuseStatus, code: "Refused", message: "Please try again later." };
    const asked = fault ?? refuseKey(request) ?? readListenRequest(request.url ?? "/");
    if ("status" in asked) return refuseUpgrade(socket, asked, requestId);
    sockets.handleUpgrade(request, socket, head, (client) => {
      const serve = { requestId, settings: () => settings.value, nowMs: () => performance.now() };
      sessions.push(serveListen(client, asked, serve));
      if (sessions.length > KEPT_SESSIONS) sessions.shift();
    });
  });

  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    sessions,
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
