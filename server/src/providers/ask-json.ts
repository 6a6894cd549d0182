/** One request to a vendor's JSON API, and its failure as a ProviderError that says whether anything can have been changed by it. */
import type { z } from "zod";
import { ProviderError, type ProviderErrorCategory } from "../kernel/app-error.ts";
import { errorOfHttp, errorOfNetwork, isPermanent } from "./provider-failure.ts";

export type VendorFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Ask<T> {
  readonly provider: string;
  readonly url: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** It changes something there: a lost answer leaves it open whether it did. */
  readonly isWrite?: boolean;
  /** An empty answer is read as undefined. */
  readonly schema: z.ZodType<T>;
  /** Where the vendor's status means something else than everybody's. */
  readonly categoryOf?: (status: number, body: string) => ProviderErrorCategory | undefined;
  readonly signal: AbortSignal;
}

const answerWithinMs = 15_000;
const maxBytes = 2_000_000;
/** The request never left. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "address-not-allowed"]);

export async function askJson<T>(fetch: VendorFetch, ask: Ask<T>): Promise<T> {
  const { provider } = ask;
  const failed = (error: ProviderError, nothingDone: boolean) =>
    ask.isWrite !== true || nothingDone ? withNothingDone(error) : error;
  let response: Response;
  let text: string;
  try {
    response = await fetch(ask.url, initOf(ask));
    text = await readText(provider, response);
  } catch (cause) {
    throw failed(errorOfNetwork(provider, cause), wasNeverSent(cause));
  }
  if (!response.ok) {
    const { status } = response;
    const header = (name: string) => response.headers.get(name) ?? undefined;
    const error = errorOfHttp({ provider, status, body: text.slice(0, 16_384), header });
    const category = ask.categoryOf?.(status, text) ?? error.category;
    // Below 500 the vendor has decided against it; 408 says only that it was slow.
    throw failed(rewritten(error, { category }), status < 500 && status !== 408);
  }
  const parsed = ask.schema.safeParse(parseOrUndefined(text));
  if (parsed.success) return parsed.data;
  const words = { provider, category: "protocol", permanent: false } as const;
  throw failed(new ProviderError(`${provider} sent something that cannot be read.`, words), false);
}

function initOf({ method = "GET", headers, json, form, signal }: Ask<unknown>): RequestInit {
  const contentType = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
  const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
  return {
    method,
    headers: { accept: "application/json", ...headers, ...(body === undefined ? {} : { "content-type": contentType }) },
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    ...(body === undefined ? {} : { body }),
  };
}

async function readText(provider: string, response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > maxBytes) {
      const options = { provider, category: "protocol", permanent: false } as const;
      throw new ProviderError(`${provider} sent more than can be read.`, options);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wasNeverSent(cause: unknown): boolean {
  for (let at: unknown = cause; at instanceof Error; at = at.cause) {
    const { code, failure } = at as { code?: string; failure?: string };
    if (neverSent.has(code ?? "") || neverSent.has(failure ?? "")) return true;
  }
  return false;
}

const withNothingDone = (error: ProviderError) => rewritten(error, { nothingDone: true });

function rewritten(
  error: ProviderError,
  change: { readonly category?: ProviderErrorCategory; readonly nothingDone?: boolean },
): ProviderError {
  const { message, provider, status, requestId, vendorMessage, cause } = error;
  const category = change.category ?? error.category;
  return new ProviderError(message, {
    ...{ provider, category, permanent: isPermanent(category), cause },
    nothingDone: change.nothingDone ?? error.nothingDone,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(vendorMessage === undefined ? {} : { vendorMessage }),
  });
}
