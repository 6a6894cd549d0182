import type { IncomingMessage, ServerResponse } from "node:http";

/** An error of Twilio's REST API: status, dictionary code, message. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.name = "RestError";
    this.status = status;
    this.code = code;
  }
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What was asked is done, and the line breaks before the answer. */
  readonly lost?: boolean;
}

const maxBodyBytes = 1_000_000;

export function sendAnswer(response: ServerResponse, { status, body, lost }: RestAnswer): void {
  if (lost === true) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json;charset=utf-8",
    "Twilio-Request-Id": `RQ${Date.now()}`,
  });
  response.end(text);
}

export function errorAnswer({ status, code, message }: { status: number; code: number; message: string }): RestAnswer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (request.method !== "POST") return new URL(request.url ?? "/", "http://localhost").searchParams;
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    throw new RestError(400, 20001, `content type "${type}": the API takes application/x-www-form-urlencoded`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new RestError(413, 20413, "Request Entity Too Large");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

/** A page of a list, with the envelope the SDK reads. */
export function page(key: string, items: readonly unknown[], path: string): RestAnswer {
  const envelope = { page: 0, page_size: 50, start: 0, end: Math.max(0, items.length - 1), uri: path };
  const links = { first_page_uri: path, next_page_uri: null, previous_page_uri: null };
  return { status: 200, body: { [key]: items, ...envelope, ...links } };
}

export const phoneNumberPattern = /^\+[1-9]\d{6,14}$/;
