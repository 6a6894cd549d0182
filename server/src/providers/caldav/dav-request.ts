/** WebDAV requests, through the guarded fetch that is handed in: the address is an owner's choice. */
import { XMLParser } from "fast-xml-parser";
import type { CalendarAccess } from "../../features/calendars/calendar.port.ts";
import { ProviderError, type ProviderErrorCategory } from "../../kernel/app-error.ts";
import { categoryOfStatus, isPermanent } from "../provider-failure.ts";

const provider = "caldav";
const answerWithinMs = 15_000;
/** XML is read on the loop that is there: a tenth of a second for this much. */
const largestBody = 2_000_000;
/** A calendar of a year, which no call waits for. */
export const largestCalendar = 8_000_000;

export interface DavAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly url: string;
}

type DavMethod = "GET" | "PUT" | "DELETE" | "PROPFIND" | "REPORT";

/** The platform's guarded fetch, as far as it is needed here. Its failures carry `failure`. */
export type DavFetch = (
  url: string,
  request: {
    readonly method: DavMethod;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly maxRedirects: number;
  },
) => Promise<DavAnswer>;

export interface DavRequest {
  readonly method: DavMethod;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

export type AskDav = (request: DavRequest) => Promise<DavAnswer>;

/** Where the password may go: the server that was named, names below it, and the many of iCloud. */
function isSameHouse(named: URL, other: URL): boolean {
  if (named.protocol === "https:" && other.protocol !== "https:") return false;
  if (named.host === other.host) return true;
  const isIcloud = ({ hostname }: URL) => hostname.endsWith(".icloud.com");
  return other.hostname.endsWith(`.${named.hostname}`) || (isIcloud(named) && isIcloud(other));
}

const categories: Readonly<Record<string, ProviderErrorCategory>> = {
  "address-not-allowed": "bad-request",
  "too-many-redirects": "bad-request",
  "too-large": "protocol",
  timeout: "timeout",
};

function failureOf(error: unknown): ProviderError {
  const failure = error instanceof Error ? String(Reflect.get(error, "failure") ?? "network") : "network";
  const category = categories[failure] ?? "network";
  return new ProviderError("The calendar server could not be reached.", {
    ...{ provider, category, permanent: isPermanent(category), cause: error },
    vendorMessage: failure.replaceAll("-", " "),
  });
}

function refusal({ status, headers }: DavAnswer): ProviderError {
  const category = categoryOfStatus(status);
  const pause = Number(headers["retry-after"]);
  return new ProviderError(`The calendar server answered ${status}.`, {
    ...{ provider, category, permanent: isPermanent(category), status },
    ...(status === 401 ? { vendorMessage: "the user or the password is wrong" } : {}),
    ...(headers["retry-after"] !== undefined && pause >= 0 ? { retryAfterMs: pause * 1000 } : {}),
  });
}

const redirects = new Set([301, 302, 303, 307, 308]);

/** Throws ProviderError for every status of 300 and more; redirects are followed with the method they were asked with. */
export function createDavRequest(access: CalendarAccess, fetch: DavFetch): AskDav {
  const named = new URL(access.baseUrl);
  const bounds = { timeoutMs: answerWithinMs, maxBytes: largestBody, maxRedirects: 0 };
  const send = async ({ signal, ...request }: DavRequest): Promise<DavAnswer> => {
    const { username = "", password = "" } = access.basic ?? {};
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    try {
      const headers = { authorization, ...request.headers };
      return await fetch(request.url, { ...bounds, ...request, headers, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error);
    }
  };
  return async (request) => {
    let url = new URL(request.url, named);
    for (let hop = 0; hop <= 5; hop++) {
      if (!isSameHouse(named, url)) throw failureOf(new Error("another house"));
      const answer = await send({ ...request, url: url.href });
      const { location } = answer.headers;
      if (redirects.has(answer.status) && location !== undefined && URL.canParse(location, url.href)) {
        url = new URL(location, url);
        continue;
      }
      if (answer.status >= 300) throw refusal(answer);
      return answer;
    }
    throw failureOf(Object.assign(new Error("redirects"), { failure: "too-many-redirects" }));
  };
}

const parser = new XMLParser({
  ...{ ignoreAttributes: false, removeNSPrefix: true, parseTagValue: false, trimValues: true, processEntities: true },
  isArray: (name) => name === "response" || name === "propstat" || name === "comp",
});

export interface DavResource {
  readonly href: string;
  /** Of the properties that were found, by name without prefix. */
  readonly props: Readonly<Record<string, unknown>>;
}

type Node = Readonly<Record<string, unknown>>;
const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? (value as Node[]) : []);

export const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  const inner = typeof value === "object" && value !== null ? Reflect.get(value, "#text") : undefined;
  return typeof inner === "string" ? inner : undefined;
};

export function unreadable(): ProviderError {
  return new ProviderError("The calendar server sent something that cannot be read.", {
    ...{ provider, category: "protocol", permanent: false },
  });
}

/** The resources of a 207. Throws ProviderError `protocol`. */
export function readMultistatus({ body }: DavAnswer): DavResource[] {
  let parsed: unknown;
  try {
    parsed = parser.parse(body);
  } catch {
    throw unreadable();
  }
  const multistatus = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "multistatus") : undefined;
  if (multistatus === undefined) throw unreadable();
  const responses = typeof multistatus === "object" ? Reflect.get(multistatus as object, "response") : [];
  return nodes(responses).map((response) => {
    const found = nodes(response["propstat"]).filter(({ status }) => String(status).includes(" 200 "));
    const props = Object.assign({}, ...found.map(({ prop }) => (typeof prop === "object" ? prop : {}))) as Node;
    return { href: textOf(response["href"]) ?? "", props };
  });
}
