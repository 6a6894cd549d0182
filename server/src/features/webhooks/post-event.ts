/** One signed POST to an address the organisation chose: it must not lead into the network this server stands in. */
import { createHmac } from "node:crypto";
import { lookup as askDns } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { type AddressRules, isAddressAllowed } from "../../platform/net/address-rules.ts";
import { type AskDns, guardedLookup } from "../../platform/net/guarded-lookup.ts";

export interface PostedEvent {
  readonly url: string;
  readonly body: string;
  readonly secrets: readonly string[];
  /** Unix seconds. */
  readonly atSeconds: number;
  readonly signal: AbortSignal;
  /** Until the answer is read; 10 seconds unless told. */
  readonly timeoutMs?: number;
}

export interface PostOutcome {
  readonly ok: boolean;
  readonly statusCode: number | null;
  /** A code, never the other side's words. */
  readonly failure: string | null;
  /** The answer's first kilobyte. */
  readonly response: string | null;
}

const answerWithinMs = 10_000;
const keptBytes = 1024;

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, once for each secret in force. */
export function signatureOf({ body, secrets, atSeconds }: Pick<PostedEvent, "body" | "secrets" | "atSeconds">): string {
  const signatures = secrets.map((secret) => createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex"));
  return [`t=${atSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}

/** Redirects are not followed: only the address that was looked at is spoken to. Never rejects. */
export function postEvent(event: PostedEvent, rules: AddressRules, dns: AskDns = askDns): Promise<PostOutcome> {
  const { promise, resolve } = Promise.withResolvers<PostOutcome>();
  const fail = (failure: string) => resolve({ ok: false, statusCode: null, failure, response: null });
  const url = new URL(event.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // An address as such is not looked up.
  if (isIP(host) !== 0 && !isAddressAllowed(host, rules)) {
    fail("address-not-allowed");
    return promise;
  }
  const send = url.protocol === "http:" ? requestHttp : requestHttps;
  const request = send(url, {
    method: "POST",
    agent: false,
    signal: AbortSignal.any([event.signal, AbortSignal.timeout(event.timeoutMs ?? answerWithinMs)]),
    lookup: guardedLookup(rules, dns),
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(event.body),
      "user-agent": "Parley-Webhooks/1",
      "parley-signature": signatureOf(event),
    },
  });
  request.on("error", (error: NodeJS.ErrnoException) => fail(failureOf(error)));
  request.on("response", (answer) => {
    const kept: Buffer[] = [];
    let bytes = 0;
    const finish = () => {
      const statusCode = answer.statusCode ?? 0;
      const ok = statusCode >= 200 && statusCode < 300;
      const response = Buffer.concat(kept).subarray(0, keptBytes).toString("utf8");
      resolve({ ok, statusCode, failure: ok ? null : `status-${statusCode}`, response });
      request.destroy();
    };
    answer.on("data", (data: Buffer) => {
      kept.push(data);
      bytes += data.length;
      if (bytes >= keptBytes) finish();
    });
    answer.on("end", finish);
    answer.on("error", (error: NodeJS.ErrnoException) => fail(failureOf(error)));
  });
  request.end(event.body);
  return promise;
}

function failureOf(error: NodeJS.ErrnoException): string {
  if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
  return error.code ?? "network";
}
