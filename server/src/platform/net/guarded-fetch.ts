/**
 * Requests to addresses that an organisation chose (a page to read, its own webhook, an MCP server, its calendar): they never lead into
 * the network this server stands in, not by a redirect and not by a name that changes its answer, and they never read without an end.
 */
import { lookup as askDns } from "node:dns";
import { isIP } from "node:net";
import { Agent, fetch as undiciFetch } from "undici";
import { AppError } from "../../kernel/app-error.ts";
import { type AddressRules, isAddressAllowed } from "./address-rules.ts";
import { type AskDns, guardedLookup } from "./guarded-lookup.ts";

export interface GuardedRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "PROPFIND" | "REPORT" | "MKCALENDAR";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  /** Until the last byte was read. */
  readonly timeoutMs: number;
  /** Of the body, decompressed. */
  readonly maxBytes: number;
  /** Followed at most; each is looked at as the first address was. 0: a redirect is the answer. 5 unless told. */
  readonly maxRedirects?: number;
}

export interface GuardedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from in the end. */
  readonly url: string;
}

export type OutboundFailure =
  | "address-not-allowed"
  | "too-many-redirects"
  | "too-large"
  | "timeout"
  /** The name is unknown, nobody listens, the certificate is wrong, the connection broke. */
  | "network";

/** No answer, for this reason. `cause` has the error of the network, without anything that was sent. */
export class OutboundError extends Error {
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, cause?: unknown) {
    super(`The request was not answered: ${failure}.`, { cause });
    this.name = "OutboundError";
    this.failure = failure;
  }
}

/** Throws OutboundError; an abort of the caller's own signal is thrown as it is. Any status is an answer. */
export type GuardedFetch = (url: string, request: GuardedRequest) => Promise<GuardedAnswer>;

/** An answer that is read as it comes. Reading on throws OutboundError when it is larger than `maxBytes` or later than `timeoutMs`. */
export interface GuardedStream extends Omit<GuardedAnswer, "body"> {
  readonly body: ReadableStream<Uint8Array> | undefined;
}

/** As GuardedFetch; the body must be read or cancelled. */
export type GuardedOpen = (url: string, request: GuardedRequest) => Promise<GuardedStream>;

/** What can be seen without asking for the name's addresses. `field` begins the message. Throws AppError `bad_request`. */
export function checkOutboundUrl(text: string, rules: AddressRules, field = "url"): URL {
  const refuse = (mend: string) => new AppError("bad_request", { publicMessage: `${field} ${mend}` });
  if (!URL.canParse(text)) throw refuse("must be a web address such as https://example.com/page.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("must begin with https:// or http://.");
  if (url.username !== "" || url.password !== "") throw refuse("must not hold a user or password.");
  if (isForbiddenHost(url, rules))
    throw refuse(
      "leads into a private network. Give an address that is reached from outside, or set WEBHOOK_ALLOW_PRIVATE=on.",
    );
  return url;
}

function isForbiddenHost({ hostname }: URL, rules: AddressRules): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 && !isAddressAllowed(host, rules);
}

const redirects = new Set([301, 302, 303, 307, 308]);
/** What any host may know. All others belong to the host they were meant for: a key may have any name. */
const anyones = new Set([
  ...["accept", "accept-language", "user-agent", "content-type", "content-length"],
  ...["if-none-match", "if-modified-since", "depth"],
]);

export function createGuardedFetch(rules: AddressRules, dns: AskDns = askDns): GuardedFetch {
  const follow = createFollower(rules, dns);
  return (address, request) =>
    withinLimits(request, async (limits) => {
      const { answer, url } = await follow(address, request, limits);
      return await readAnswer(answer, url, request.maxBytes);
    });
}

/** For answers that come in pieces (an MCP server's events). */
export function createGuardedOpen(rules: AddressRules, dns: AskDns = askDns): GuardedOpen {
  const follow = createFollower(rules, dns);
  return (address, request) =>
    withinLimits(request, async (limits) => {
      const { answer, url } = await follow(address, request, limits);
      const headers = Object.fromEntries(answer.headers.entries());
      const body =
        answer.body === null ? undefined : limited(answer.body as ReadableStream<Uint8Array>, request, limits);
      return { status: answer.status, headers, url: url.href, body };
    });
}

interface Limits {
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
}

async function withinLimits<T>(request: GuardedRequest, ask: (limits: Limits) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = AbortSignal.any([request.signal, deadline]);
  try {
    return await ask({ signal, deadline });
  } catch (error) {
    throw outboundErrorOf(error, request, deadline);
  }
}

function outboundErrorOf(error: unknown, request: GuardedRequest, deadline: AbortSignal): unknown {
  if (request.signal.aborted) return request.signal.reason;
  if (error instanceof OutboundError) return error;
  return new OutboundError(deadline.aborted ? "timeout" : failureOf(error), error);
}

type Answer = Awaited<ReturnType<typeof undiciFetch>>;

function createFollower(rules: AddressRules, dns: AskDns) {
  const dispatcher = new Agent({ connect: { lookup: guardedLookup(rules, dns), timeout: 10_000 } });

  return async (
    address: string,
    request: GuardedRequest,
    { signal }: Limits,
  ): Promise<{ answer: Answer; url: URL }> => {
    let url = new URL(address);
    let asked: Hop = { method: request.method ?? "GET", headers: { ...request.headers }, body: request.body };
    for (let hop = 0; ; hop++) {
      if (!/^https?:$/.test(url.protocol) || isForbiddenHost(url, rules))
        throw new OutboundError("address-not-allowed");
      const { body, ...rest } = asked;
      const answer = await undiciFetch(url.href, {
        ...{ ...rest, dispatcher, signal, redirect: "manual" },
        ...(body === undefined ? {} : { body }),
      });
      const location = answer.headers.get("location");
      if (!redirects.has(answer.status) || location === null || request.maxRedirects === 0) return { answer, url };
      await answer.body?.cancel();
      if (hop >= (request.maxRedirects ?? 5)) throw new OutboundError("too-many-redirects");
      if (!URL.canParse(location, url.href)) throw new OutboundError("network");
      const next = new URL(location, url);
      asked = redirected(asked, answer.status, next.origin === url.origin);
      url = next;
    }
  };
}

function limited(body: ReadableStream<Uint8Array>, request: GuardedRequest, { deadline }: Limits) {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        bytes += value.length;
        if (bytes > request.maxBytes) throw new OutboundError("too-large");
        controller.enqueue(value);
      } catch (error) {
        void reader.cancel().catch(() => undefined);
        controller.error(outboundErrorOf(error, request, deadline));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

interface Hop {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;
}

/** A redirected POST is asked for with GET, as browsers do; another host gets nothing that was meant for this one. */
function redirected(asked: Hop, status: number, isSameOrigin: boolean): Hop {
  const headers = Object.fromEntries(
    Object.entries(asked.headers).filter(([name]) => isSameOrigin || anyones.has(name.toLowerCase())),
  );
  const keeps = status === 307 || status === 308 || asked.method === "GET" || asked.method === "HEAD";
  return keeps ? { ...asked, headers } : { method: "GET", headers, body: undefined };
}

async function readAnswer(answer: Answer, url: URL, maxBytes: number): Promise<GuardedAnswer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > maxBytes) {
      await answer.body?.cancel().catch(() => undefined);
      throw new OutboundError("too-large");
    }
    parts.push(part as Uint8Array);
  }
  const headers = Object.fromEntries(answer.headers.entries());
  return { status: answer.status, headers, body: Buffer.concat(parts), url: url.href };
}

function failureOf(error: unknown): OutboundFailure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (code === "address-not-allowed") return code;
    if (code === "UND_ERR_CONNECT_TIMEOUT") return "timeout";
  }
  return "network";
}
