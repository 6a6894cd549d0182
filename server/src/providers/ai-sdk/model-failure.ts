import { ProviderError, type ProviderErrorCategory } from "../../kernel/app-error.ts";
import { categoryOfStatus, isPermanent, vendorWords } from "../provider-failure.ts";

const maxWords = 500;

export interface FailureContext {
  readonly provider: string;
  /** Taken out of the vendor's words, should it repeat the key. */
  readonly apiKey: string;
}

interface VendorFailure {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** The body as text, or the parsed error object of a stream. */
  readonly body?: unknown;
  readonly cause?: unknown;
}

interface VendorWords {
  readonly message: string | undefined;
  readonly kind: string;
}

/** An answer with an error status, or an error object inside a stream that began well. */
export function failureFromVendor(context: FailureContext, failure: VendorFailure): ProviderError {
  const words = readVendorWords(failure.body);
  const category = categorize(failure.status, words.kind);
  const said = words.message?.replaceAll(context.apiKey === "" ? "\0" : context.apiKey, "[key]").slice(0, maxWords);
  const status = failure.status === undefined ? "" : ` (HTTP ${failure.status})`;
  return new ProviderError(`${context.provider} refused the request${status}${said ? `: ${said}` : "."}`, {
    provider: context.provider,
    category,
    permanent: isPermanent(category),
    ...(failure.status === undefined ? {} : { status: failure.status }),
    ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    ...(said === undefined ? {} : { vendorMessage: said }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  });
}

/** The connection was refused, reset or cut. */
export function networkFailure(context: FailureContext, cause: unknown): ProviderError {
  const reason = deepestMessage(cause);
  return new ProviderError(`The connection to ${context.provider} failed: ${reason}`, {
    provider: context.provider,
    category: "network",
    permanent: false,
    cause,
  });
}

/** The vendor sent something that cannot be read. `what` names it, without content. */
export function protocolFailure(context: FailureContext, what: string, cause?: unknown): ProviderError {
  return new ProviderError(`${context.provider} sent something unreadable: ${what}`, {
    provider: context.provider,
    category: "protocol",
    permanent: false,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The stream ended without saying that the reply was complete. */
export function cutOffFailure(context: FailureContext): ProviderError {
  return networkFailure(context, new Error("the stream ended before the reply was complete"));
}

function categorize(status: number | undefined, kind: string): ProviderErrorCategory {
  if (/quota|billing|authentication|permission|invalid_api_key|unauthorized/.test(kind)) return "auth";
  if (/content_filter|content_policy|safety/.test(kind)) return "content";
  if (status !== undefined && status >= 400) return categoryOfStatus(status);
  if (/rate_limit|too_many/.test(kind)) return "rate-limit";
  if (/invalid_request|not_found|context_length/.test(kind)) return "bad-request";
  if (/timeout/.test(kind)) return "timeout";
  return "overloaded";
}

/** The words, and whatever type and code came with them: `{error:{message,type,code}}` or the same one level up. */
function readVendorWords(body: unknown): VendorWords {
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? "");
  const parsed = typeof body === "string" ? tryParse(body) : body;
  const inner = isRecord(parsed) && isRecord(parsed["error"]) ? parsed["error"] : parsed;
  const tags = isRecord(inner) ? [inner["type"], inner["code"]] : [];
  const kind = tags
    .filter((tag) => typeof tag === "string")
    .join(" ")
    .toLowerCase();
  return { message: vendorWords(text), kind };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function deepestMessage(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    if (!(current instanceof Error) || !(current.cause instanceof Error)) break;
    current = current.cause;
  }
  if (!(current instanceof Error)) return "unknown reason";
  const code = "code" in current && typeof current.code === "string" ? `${current.code} ` : "";
  return `${code}${current.message}`.trim().slice(0, maxWords) || current.name;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
