import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { WebSocket } from "ws";
import { TwilioFailure } from "./alert.ts";
import { signRequest } from "./signature.ts";
import type { Target } from "./twiml-verbs.ts";

/** How requests reach the platform under test. */
export interface PlatformAccess {
  readonly authToken: string;
  /** The origin to connect to when the public one is only a name, e.g. http://127.0.0.1:3000; signatures keep the public one. */
  readonly reachThrough?: string;
  /** Signs with another token, as somebody else would. */
  readonly wrongSignature: () => boolean;
}

export interface PlatformAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const answerTimeoutMs = 15_000;

/** One signed webhook request. Throws TwilioFailure 11205 when nobody answers. */
export function askPlatform(access: PlatformAccess, target: Target, fields: URLSearchParams): Promise<PlatformAnswer> {
  const isGet = target.method === "GET";
  const url = isGet ? withQuery(target.url, fields) : target.url;
  const headers: Record<string, string> = {
    "X-Twilio-Signature": signRequest(tokenOf(access), url, isGet ? undefined : fields),
    "User-Agent": "TwilioProxy/1.1",
    Accept: "*/*",
    "I-Twilio-Idempotency-Token": crypto.randomUUID(),
    Host: new URL(url).host,
  };
  const body = isGet ? "" : fields.toString();
  if (!isGet) {
    headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8";
    headers["Content-Length"] = String(Buffer.byteLength(body));
  }
  return send(reachableUrl(access, url), { method: target.method, headers, body });
}

function send(
  url: URL,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: string },
): Promise<PlatformAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const fail = (error: Error) => reject(new TwilioFailure(11205, `HTTP connection failure: ${error.message}`));
    const outgoing = start(url, { method, headers, timeout: answerTimeoutMs }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", fail);
      incoming.on("end", () => {
        const contentType = incoming.headers["content-type"] ?? "";
        resolve({ status: incoming.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.on("error", fail);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${answerTimeoutMs} ms`)));
    outgoing.end(body);
  });
}

/** The signed upgrade of a media stream: User-Agent as Twilio's, no extensions, no origin. */
export function openMediaSocket(access: PlatformAccess, url: string): WebSocket {
  return new WebSocket(reachableUrl(access, url), {
    perMessageDeflate: false,
    handshakeTimeout: answerTimeoutMs,
    headers: {
      "User-Agent": "Twilio.TmeWs/1.0",
      "X-Twilio-Signature": signRequest(tokenOf(access), url),
      Host: new URL(url).host,
    },
  });
}

function tokenOf(access: PlatformAccess): string {
  return access.wrongSignature() ? "not-the-token-of-this-account" : access.authToken;
}

function reachableUrl(access: PlatformAccess, address: string): URL {
  const url = new URL(address);
  if (access.reachThrough === undefined) return url;
  const through = new URL(access.reachThrough);
  const isSocket = url.protocol.startsWith("ws");
  const scheme = isSocket ? through.protocol.replace("http", "ws") : through.protocol;
  return new URL(`${scheme}//${through.host}${url.pathname}${url.search}`);
}

function withQuery(url: string, fields: URLSearchParams): string {
  return `${url}${url.includes("?") ? "&" : "?"}${fields.toString()}`;
}
