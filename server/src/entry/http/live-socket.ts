/** A call's events over a WebSocket that stays in this process: who watches a call never comes near its voice. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { LiveMessage } from "@parley/contract/calls";
import { errorCodes } from "@parley/contract/error-code";
import type { Permission } from "@parley/contract/permission";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError } from "../../kernel/app-error.ts";
import { type Actor, actorOf } from "../../platform/http/principal.ts";
import type { ApiParts } from "./api-parts.ts";
import type { LiveItem } from "./live-calls.ts";
import type { LiveParts } from "./live-routes.ts";
import { isOwnOrigin } from "./origin.ts";

const livePath = /^\/api\/v1\/calls\/([A-Za-z0-9_-]{1,100})\/live$/;
const needed: Permission = "calls:read";
/** Nothing is expected from a watcher. */
const maxPayload = 1024;

export interface LiveSockets {
  /** False: this path is not ours. */
  take(request: IncomingMessage, socket: Socket, head: Buffer): boolean;
  close(): void;
}

type Access = Pick<ApiParts, "authenticate" | "isSuspended" | "publicUrl" | "log" | "noteReading">;

export function createLiveSockets(parts: Access, { live, tokens }: LiveParts): LiveSockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });

  const open = async (request: IncomingMessage, callId: string, signal: AbortSignal) => {
    const query = new URLSearchParams((request.url ?? "").split("?")[1] ?? "");
    const token = query.get("token");
    const owner = token === null ? undefined : tokens.take(token, callId);
    if (token !== null && owner === undefined) throw unauthorized();
    // Whoever has a token is on record already.
    const reader = owner ?? (await authorizedReader(parts, request));
    const { orgId } = reader;
    const after = query.get("after") ?? "-1";
    if (!/^-1$|^\d{1,9}$/.test(after)) throw new AppError("bad_request", { publicMessage: "after is not a number." });
    const items = await live.watch({ orgId, callId, afterSeq: Number(after), signal });
    if ("actor" in reader) await parts.noteReading({ orgId, callId }, reader.actor);
    return items;
  };

  const serve = async (request: IncomingMessage, socket: Socket, at: { head: Buffer; callId: string }) => {
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.once("close", leave);
    try {
      const items = await open(request, at.callId, gone.signal);
      server.handleUpgrade(request, socket, at.head, (opened) => {
        opened.on("error", () => opened.terminate());
        void pump(opened, items).catch(() => opened.terminate());
      });
    } catch (error) {
      refuse(socket, error);
    }
  };

  return {
    take(request, socket, head) {
      const callId = livePath.exec((request.url ?? "").split("?")[0] ?? "")?.[1];
      if (callId === undefined) return false;
      void serve(request, socket, { head, callId });
      return true;
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

const unauthorized = () =>
  new AppError("unauthorized", { publicMessage: "Send a valid key, cookie or one-time token." });

async function authorizedReader(parts: Access, request: IncomingMessage): Promise<{ orgId: string; actor: Actor }> {
  const principal = await parts.authenticate(request.headers);
  if (principal?.orgId === undefined) throw unauthorized();
  // A foreign page brings the cookie along as well as our own.
  const byCookie = principal.kind === "user" && principal.byCookie;
  if (byCookie && !isOwnOrigin(request.headers, parts.publicUrl))
    throw new AppError("forbidden", { publicMessage: "This page may not act for you." });
  if (!principal.permissions.includes(needed) || (await parts.isSuspended(principal.orgId)))
    throw new AppError("forbidden", { publicMessage: `This needs the permission ${needed}.` });
  return { orgId: principal.orgId, actor: actorOf(principal) };
}

function refuse(socket: Socket, error: unknown): void {
  const known = error instanceof AppError ? error : new AppError("internal", { publicMessage: "It did not work." });
  const body = JSON.stringify({ code: known.code, detail: known.publicMessage });
  const head = [
    `HTTP/1.1 ${errorCodes[known.code].status} ${known.code}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Sends at the watcher's pace: what it does not take waits in its mailbox, which is bounded. */
async function pump(socket: WebSocket, items: AsyncIterable<LiveItem>): Promise<void> {
  const send = (message: LiveMessage) =>
    new Promise<void>((resolve, reject) => {
      socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
    });
  for await (const item of items) {
    if (item.type === "heartbeat") socket.ping();
    else await send(item);
    if (item.type === "end") return socket.close(1000, item.reason.slice(0, 100));
  }
}
