import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { z } from "zod";

/** An HTTP status and the body that the vendor sends with it. */
export type Refusal = { status: number; body: { detail: unknown } };

export function refuse(status: number, code: string, message: string): Refusal {
  return { status, body: { detail: { status: code, message } } };
}

/** 422 in the shape of the vendor's validator. */
export function refuseInvalid(error: z.ZodError, place: "body" | "query"): Refusal {
  const detail = error.issues.map((issue) => ({
    loc: [place, ...issue.path],
    msg: issue.message,
    type: `value_error.${issue.code}`,
  }));
  return { status: 422, body: { detail } };
}

/** The refusals that can be told to come: 401 and 429 with their own words. */
export function refuseByFault(status: number): Refusal {
  if (status === 401) return refuse(401, "invalid_api_key", "Invalid API key");
  if (status === 429) return refuse(429, "system_busy", "The system is experiencing heavy traffic, please try again");
  return refuse(status, "sandbox_fault", STATUS_CODES[status] ?? "refused");
}

export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = JSON.stringify(refusal.body);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Error"}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
