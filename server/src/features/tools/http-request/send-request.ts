/** One request of an own tool: filled, signed, sent through the guarded way out, and what of the answer the model sees. */
import { createHash } from "node:crypto";
import type { NewHttpTool } from "@parley/contract/tools";
import type { ToolOutcome } from "../../../call/ports.ts";
import { AppError, ProviderError } from "../../../kernel/app-error.ts";
import type { GuardedAnswer, GuardedFetch } from "../../../platform/net/guarded-fetch.ts";
import { signatureOf } from "../../webhooks/index.ts";
import { fillJson, fillText, type Json, type Lookup, type Plain } from "../fill-template.ts";
import { failed, ok } from "../outcomes.ts";
import type { ToolWork } from "../tool.ts";

export interface HttpToolConfig extends Omit<NewHttpTool, "name" | "secretHeaders"> {
  readonly secretHeaders: Readonly<Record<string, string>>;
  readonly signingSecret: string;
}

export interface SendParts {
  readonly fetch: GuardedFetch;
  /** Unix milliseconds. */
  readonly wallNow: () => number;
}

export type HttpWork = ToolWork<Record<string, unknown>, unknown>;

const maxAnswerBytes = 256 * 1024;
/** Of the answer, as the model reads it. */
const longestAnswer = 4000;

const isPlain = (value: unknown): value is Plain => ["string", "number", "boolean"].includes(typeof value);

export const callNames = ["call.id", "call.from", "call.to", "call.language", "call.direction", "call.contactId"];

/** What templates may name: the model's input and what the call knows by itself. */
export function lookupOf({ input, call, callId }: Pick<HttpWork, "input" | "call" | "callId">): Lookup {
  const facts: Record<string, string | undefined> = {
    "call.id": callId,
    "call.from": call?.callerPhone,
    "call.to": call?.ownPhone,
    "call.language": call?.language,
    "call.direction": call?.direction,
    "call.contactId": call?.contactId,
  };
  return (name) => {
    if (!name.startsWith("input.")) return facts[name];
    const value = Object.hasOwn(input, name.slice(6)) ? input[name.slice(6)] : undefined;
    return isPlain(value) ? value : undefined;
  };
}

/** Values are escaped; none of them can climb out of its place in the path. Throws AppError `bad_request`. */
export function fillUrl(template: string, lookup: Lookup): string {
  const url = fillText(template, lookup, (value) => encodeURIComponent(value.toWellFormed()));
  const path = url.split(/[?#]/, 1)[0] ?? "";
  if (path.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part)))
    throw new AppError("bad_request", {
      publicMessage: "This value cannot stand in the address. Ask for another one.",
    });
  return url;
}

/** The same for the same deed; tells nothing of what it was. */
const keyHeaderOf = ({ orgId, idempotencyKey }: HttpWork) =>
  createHash("sha256").update(`${orgId}\0${idempotencyKey}`).digest("hex");

/** Characters a header cannot hold are dropped: line ends above all. */
const headerSafe = (value: string) => value.replace(/[^\x20-\x7e]/g, "");

/** Throws AppError, OutboundError. */
async function ask(config: HttpToolConfig, { fetch, wallNow }: SendParts, work: HttpWork): Promise<GuardedAnswer> {
  const lookup = lookupOf(work);
  const body = config.body === undefined ? undefined : JSON.stringify(fillJson(config.body as Json, lookup));
  const filled = Object.entries(config.headers).map(([name, value]) => [name, fillText(value, lookup, headerSafe)]);
  return await fetch(fillUrl(config.url, lookup), {
    method: config.method,
    headers: {
      accept: "application/json",
      "user-agent": "Parley-Tools/1",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...Object.fromEntries(filled),
      ...config.secretHeaders,
      "idempotency-key": keyHeaderOf(work),
      "parley-signature": signatureOf({
        ...{ body: body ?? "", secrets: [config.signingSecret] },
        atSeconds: Math.floor(wallNow() / 1000),
      }),
    },
    ...(body === undefined ? {} : { body }),
    signal: work.signal,
    timeoutMs: config.timeoutMs,
    maxBytes: maxAnswerBytes,
    // Its headers are for the host that was named.
    maxRedirects: 0,
  });
}

function pick(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, part) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Record<string, unknown>)[part];
  }, value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const cut = (text: string) => (text.length > longestAnswer ? `${text.slice(0, longestAnswer)}…`.toWellFormed() : text);

/** What the model sees of it. */
export function readAnswer({ answer }: Pick<HttpToolConfig, "answer">, text: string): unknown {
  const json = parse(text);
  if (answer.length === 0) {
    if (json === undefined) return text.trim() === "" ? {} : { text: cut(text) };
    return text.length > longestAnswer ? { text: cut(text) } : json;
  }
  const picked = answer.map(({ name, path }): [string, unknown] => {
    const value = pick(json, path);
    if (value === undefined) return [name, null];
    const written = typeof value === "string" ? value : JSON.stringify(value);
    return [name, written.length > longestAnswer ? cut(written) : value];
  });
  return Object.fromEntries(picked);
}

const provider = "http";
/** Refused for now, before anything was done. */
const notNow = new Set([408, 425, 429]);

/** Throws ProviderError when nobody knows what became of it. */
export async function sendRequest(config: HttpToolConfig, parts: SendParts, work: HttpWork): Promise<ToolOutcome> {
  const answer = await ask(config, parts, work).catch((error: unknown) => {
    throw toProviderError(error, work.signal);
  });
  const { status } = answer;
  if (status >= 200 && status < 300) return ok(readAnswer(config, answer.body.toString("utf8")));
  if (status >= 500)
    throw new ProviderError("the server failed", { provider, category: "overloaded", permanent: false, status });
  if (notNow.has(status))
    throw new ProviderError("not now", { provider, category: "rate-limit", permanent: false, status });
  const more = status >= 300 && status < 400 ? "it leads elsewhere" : `status ${status}`;
  return failed(`The other system refused this (${more}). Say that it did not work.`);
}

/** The request left nothing behind where no connection came about. */
const neverReached = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
  ...["ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
]);

function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && neverReached.has(code)) return code;
  }
  return undefined;
}

function toProviderError(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof AppError) return error;
  const failure = (error as { failure?: unknown }).failure;
  if (failure === "address-not-allowed" || codeOf(error) !== undefined) {
    const category = failure === "address-not-allowed" ? "bad-request" : "rate-limit";
    return new ProviderError("the server was not reached", {
      ...{ provider, category, permanent: category === "bad-request" },
      vendorMessage:
        failure === "address-not-allowed"
          ? "the address leads into a private network"
          : "nobody answers at this address",
    });
  }
  const category =
    signal.aborted || failure === "timeout" ? "timeout" : failure === "too-large" ? "protocol" : "network";
  return new ProviderError("the server did not answer", { provider, category, permanent: false });
}
