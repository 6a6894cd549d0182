/** Turns what vendors answer when they refuse into `ProviderError`s with the vendor's own words. */
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { ProviderErrorCategory } from "../kernel/app-error.ts";
import { ProviderError } from "../kernel/app-error.ts";

const longestMessage = 500;
const longestBody = 16_384;
/** Where vendors put their words, outermost first. */
const messageFields = [
  "err_msg",
  "message",
  "error_description",
  "description",
  "error",
  "detail",
  "reason",
  "msg",
  "title",
] as const;
const requestIdHeaders = ["dg-request-id", "request-id", "x-request-id"] as const;

export function categoryOfStatus(status: number): ProviderErrorCategory {
  if (status === 401 || status === 402 || status === 403) return "auth";
  if (status === 408) return "timeout";
  if (status === 429) return "rate-limit";
  if (status >= 500) return "overloaded";
  return "bad-request";
}

export function isPermanent(category: ProviderErrorCategory): boolean {
  return category === "auth" || category === "bad-request" || category === "content";
}

function findMessage(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string") return value.trim() || undefined;
  if (depth > 3 || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return findMessage(value[0], depth + 1);
  for (const field of messageFields) {
    const found = findMessage(Reflect.get(value, field), depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** The human words in an error body: JSON of any vendor's shape, or plain text. HTML and emptiness give undefined. */
export function vendorWords(body: string): string | undefined {
  let found: string | undefined;
  try {
    found = findMessage(JSON.parse(body));
  } catch {
    found = body.trimStart().startsWith("<") ? undefined : body.trim() || undefined;
  }
  return found?.slice(0, longestMessage);
}

export interface HttpFailure {
  readonly provider: string;
  readonly status: number;
  readonly body: string;
  /** A header of the answer by lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** The error for an HTTP answer that is not a success. */
export function errorOfHttp({ provider, status, body, header }: HttpFailure): ProviderError {
  const category = categoryOfStatus(status);
  const requestId = requestIdHeaders.map(header).find((value) => value !== undefined);
  const vendorMessage = vendorWords(body) ?? header("dg-error");
  return new ProviderError(`${provider} answered ${status}.`, {
    provider,
    category,
    permanent: isPermanent(category),
    status,
    ...(requestId === undefined ? {} : { requestId }),
    ...(vendorMessage === undefined ? {} : { vendorMessage }),
  });
}

/** Reads the body of an unsuccessful fetch answer and makes the error of it. Never throws. */
export async function errorOfResponse(provider: string, response: Response): Promise<ProviderError> {
  const body = await response.text().catch(() => "");
  return errorOfHttp({
    provider,
    status: response.status,
    body: body.slice(0, longestBody),
    header: (name) => response.headers.get(name) ?? undefined,
  });
}

/** Connection trouble: refused, reset, DNS, TLS, deadline of the handshake. */
export function errorOfNetwork(provider: string, cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  const timedOut = /timed? ?out/i.test(words);
  return new ProviderError(`${provider} could not be reached.`, {
    provider,
    category: timedOut ? "timeout" : "network",
    permanent: false,
    vendorMessage: words.slice(0, longestMessage),
    cause,
  });
}

/** A socket that closed by itself. 1008 is a refusal of what we sent; everything else is the line or the vendor. */
export function errorOfClose(provider: string, code: number, reason: string): ProviderError {
  const category: ProviderErrorCategory = code === 1008 ? "bad-request" : code === 1013 ? "overloaded" : "network";
  return new ProviderError(`${provider} closed the connection (${code}).`, {
    provider,
    category,
    permanent: false,
    ...(reason ? { vendorMessage: reason.slice(0, longestMessage) } : {}),
  });
}

export interface SocketHandlers {
  onOpen(): void;
  onMessage(data: Buffer, isBinary: boolean): void;
  /** Once: refused, failed or closed. Nothing follows. */
  onEnd(error: ProviderError): void;
}

/** Hangs handlers on a new socket so that it ends exactly once, with the vendor's words whichever way it ended. */
export function watchSocket(provider: string, socket: WebSocket, handlers: SocketHandlers): void {
  let ended = false;
  let socketError: Error | undefined;
  const end = (error: ProviderError) => {
    if (ended) return;
    ended = true;
    handlers.onEnd(error);
  };
  socket.on("open", () => handlers.onOpen());
  socket.on("message", (data, isBinary) => {
    if (!ended) handlers.onMessage(data as Buffer, isBinary);
  });
  socket.on("error", (error) => {
    socketError = error;
  });
  socket.on("close", (code, reason) => {
    end(
      socketError && code === 1006
        ? errorOfNetwork(provider, socketError)
        : errorOfClose(provider, code, reason.toString()),
    );
  });
  socket.on("unexpected-response", (_request, response: IncomingMessage) => {
    const parts: Buffer[] = [];
    let size = 0;
    const finish = () => {
      const header = (name: string) => {
        const value = response.headers[name];
        return typeof value === "string" ? value : undefined;
      };
      const body = Buffer.concat(parts).toString("utf8");
      end(errorOfHttp({ provider, status: response.statusCode ?? 0, body, header }));
      socket.terminate();
    };
    response.on("data", (part: Buffer) => {
      if (size < longestBody) parts.push(part);
      size += part.length;
    });
    response.once("end", finish);
    response.once("error", finish);
    response.once("aborted", finish);
  });
}
