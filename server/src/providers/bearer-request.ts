/** Requests to a vendor under an access token: a refused token is replaced once, reads are tried twice, answers are JSON. */
import type { CalendarAccess } from "../features/calendars/calendar.port.ts";
import { ProviderError, type ProviderErrorCategory } from "../kernel/app-error.ts";
import { sleep } from "../kernel/clock.ts";
import type { ProviderIo } from "./provider.ts";
import { categoryOfStatus, errorOfNetwork, isPermanent, vendorWords } from "./provider-failure.ts";

const answerWithinMs = 10_000;
const largestBody = 20_000_000;
/** A vendor that wants to be left alone longer than this is asked again by whoever waits, not here. */
const longestPauseMs = 2000;

export interface BearerAnswer {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

export interface BearerRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly signal: AbortSignal;
}

export interface BearerParts {
  readonly provider: string;
  readonly io: ProviderIo;
  readonly access: CalendarAccess;
  /** What the vendor's own error body says of the kind of failure. */
  readonly categoryOf?: (status: number, body: unknown) => ProviderErrorCategory | undefined;
}

export type AskBearer = (request: BearerRequest) => Promise<BearerAnswer>;

interface Raw {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function send({ provider, io }: BearerParts, request: BearerRequest, token: string): Promise<Raw> {
  const { method, url, headers, json, signal } = request;
  try {
    const response = await io.fetch(url, {
      method,
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: "application/json", ...headers },
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const text = await response.text();
    if (text.length > largestBody) throw new Error("the answer is too large");
    return { status: response.status, text, retryAfter: response.headers.get("retry-after") };
  } catch (cause) {
    signal.throwIfAborted();
    throw errorOfNetwork(provider, cause);
  }
}

/** Seconds, or a date. */
function pauseOf(retryAfter: string | null, nowMs: number): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d{1,6}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const atMs = Date.parse(retryAfter);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(parts: BearerParts, { status, text, retryAfter }: Raw): ProviderError {
  const { provider } = parts;
  const body = parse(text);
  const category = parts.categoryOf?.(status, body) ?? categoryOfStatus(status);
  const vendorMessage = vendorWords(text);
  const retryAfterMs = pauseOf(retryAfter, parts.io.clock.wallNow());
  return new ProviderError(`${provider} answered ${status}.`, {
    ...{ provider, category, permanent: isPermanent(category), status },
    // What the adapter looks into; nobody logs it.
    cause: body,
    ...(vendorMessage === undefined ? {} : { vendorMessage }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Throws ProviderError for every status of 300 and more. */
export function createBearerRequest(parts: BearerParts): AskBearer {
  const { access, provider, io } = parts;
  const tokenOf = async (signal: AbortSignal, refused?: string): Promise<string> => {
    if (access.accessToken) return await access.accessToken(signal, refused);
    throw new ProviderError(`${provider} needs a token.`, { provider, category: "auth", permanent: true });
  };
  const once = async (request: BearerRequest): Promise<BearerAnswer> => {
    const token = await tokenOf(request.signal);
    let raw = await send(parts, request, token);
    if (raw.status === 401) raw = await send(parts, request, await tokenOf(request.signal, token));
    if (raw.status < 300) return { status: raw.status, body: raw.text === "" ? undefined : parse(raw.text) };
    throw failure(parts, raw);
  };
  return async (request) => {
    try {
      return await once(request);
    } catch (error) {
      // Nobody knows whether a write that was cut has been done; one that was told to wait has not.
      if (!(error instanceof ProviderError) || request.signal.aborted) throw error;
      const isRead = request.method === "GET";
      const pauseMs = error.retryAfterMs ?? 300;
      const refusedForNow = error.category === "rate-limit" && pauseMs <= longestPauseMs;
      const broken = isRead && (error.category === "network" || error.category === "overloaded");
      if (!refusedForNow && !(broken && pauseMs <= longestPauseMs)) throw error;
      await sleep(io.clock, error.category === "network" ? 0 : pauseMs, request.signal);
      return await once(request);
    }
  };
}

export function unreadable(provider: string): ProviderError {
  const about = { provider, category: "protocol", permanent: false } as const;
  return new ProviderError(`${provider} sent something that cannot be read.`, about);
}
