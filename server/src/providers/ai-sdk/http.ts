import type { ProviderIo } from "../provider.ts";
import { type FailureContext, failureFromVendor, networkFailure } from "./model-failure.ts";

export function requestHeaders(apiKey: string): Record<string, string> {
  return { "content-type": "application/json", ...(apiKey === "" ? {} : { authorization: `Bearer ${apiKey}` }) };
}

/** Vendors name it differently; the first that is there. */
export function requestIdOf(headers: Headers): string | undefined {
  return headers.get("x-request-id") ?? headers.get("request-id") ?? headers.get("mistral-correlation-id") ?? undefined;
}

interface EndpointArguments {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly io: ProviderIo;
}

/** Calls that begin together need one warm-up. */
const warmAgainAfterMs = 5000;

/** Opens (or keeps) a connection to the vendor with the cheapest request there is. Never throws, never speaks of failure. */
export function createConnectionWarmer({ url, headers, io }: EndpointArguments): () => void {
  let warmedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (io.clock.now() - warmedAtMs < warmAgainAfterMs) return;
    warmedAtMs = io.clock.now();
    const warm = async () => {
      const response = await io.fetch(url, { method: "HEAD", headers });
      await response.arrayBuffer();
    };
    warm().catch(() => undefined);
  };
}

/** `GET` that only asks whether the key is good. Throws ProviderError with the vendor's own words. */
export async function verifyByGet(
  endpoint: EndpointArguments & { readonly signal: AbortSignal },
  failure: FailureContext,
): Promise<void> {
  const response = await endpoint.io
    .fetch(endpoint.url, { headers: endpoint.headers, signal: endpoint.signal })
    .catch((error: unknown) => {
      throw networkFailure(failure, error);
    });
  const body = await response.text();
  if (response.ok) return;
  throw failureFromVendor(failure, { status: response.status, requestId: requestIdOf(response.headers), body });
}
