/** WebSocket upgrades of media paths leave this process as socket handles: no byte of audio passes through the API's loop. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { UpgradeRequest } from "../process-messages.ts";
import type { ApiParts } from "./api-parts.ts";
import type { LiveSockets } from "./live-socket.ts";
import { isOwnOrigin, publicOrigin, socketOrigin } from "./origin.ts";

/** Behind the media process stands the connection whose account signs, where the number is an organisation's. */
const carrierPath = /^\/telephony\/twilio\/media\/(\d{1,4})(?:\/(con_[a-z0-9]{1,60}))?\/?$/;
const browserPath = /^\/api\/v1\/calls\/[A-Za-z0-9_-]{1,100}\/audio$/;

export type UpgradeVerdict =
  | { accept: true; kind: UpgradeRequest["kind"]; mediaIndex: number }
  | { accept: false; status: 403 | 404; reason: string };

/** Decides by path, origin and, for the carrier, signature. The token comes later, in the first message. */
export async function judgeUpgrade(
  parts: Pick<ApiParts, "publicUrl" | "carrier" | "telephony">,
  request: Pick<IncomingMessage, "url" | "headers">,
): Promise<UpgradeVerdict> {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const carrier = carrierPath.exec(path);
  if (carrier) {
    const origin = publicOrigin(parts.publicUrl, request.headers.host);
    const signature = request.headers["x-twilio-signature"];
    // Absent is left to the one-time token; wrong is nobody we know.
    if (typeof signature === "string") {
      const url = `${socketOrigin(origin ?? "")}${request.url ?? ""}`;
      const account =
        carrier[2] === undefined ? undefined : await parts.telephony.accounts.carrierAccountOf(carrier[2]);
      const token = account === undefined ? {} : { authToken: account.authToken };
      if (!parts.carrier.verify({ signature, url, ...token }))
        return { accept: false, status: 403, reason: "bad-signature" };
    }
    return { accept: true, kind: "twilio", mediaIndex: Number(carrier[1]) };
  }
  if (!browserPath.test(path)) return { accept: false, status: 404, reason: "unknown-path" };
  if (!isOwnOrigin(request.headers, parts.publicUrl)) return { accept: false, status: 403, reason: "foreign-origin" };
  const index = new URLSearchParams(query).get("m") ?? "0";
  return { accept: true, kind: "browser", mediaIndex: /^\d{1,4}$/.test(index) ? Number(index) : 0 };
}

function plainHeaders(headers: IncomingMessage["headers"]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // What authenticates a person is of no use behind this point.
    if (name === "cookie" || name === "authorization" || value === undefined) continue;
    plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

export function createUpgradeHandler(parts: ApiParts, liveSockets: Pick<LiveSockets, "take">) {
  const take = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    const verdict = await judgeUpgrade(parts, request);
    if (socket.destroyed) return;
    if (!verdict.accept) {
      parts.metrics.addRefusedUpgrade(verdict.reason);
      parts.log.warn({ reason: verdict.reason }, "a media socket was refused");
      const title = verdict.status === 403 ? "Forbidden" : "Not Found";
      socket.end(`HTTP/1.1 ${verdict.status} ${title}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { kind, mediaIndex } = verdict;
    const passed: UpgradeRequest = {
      kind,
      mediaIndex,
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: plainHeaders(request.headers),
      head: head.toString("base64"),
    };
    parts.link.notify("upgrade", passed, socket);
  };
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const socket = stream as Socket;
    socket.on("error", () => socket.destroy());
    if (liveSockets.take(request, socket, head)) return;
    take(request, socket, head).catch((error: unknown) => {
      parts.log.error({ kind: error instanceof Error ? error.name : "unknown" }, "a media socket could not be taken");
      socket.destroy();
    });
  };
}
