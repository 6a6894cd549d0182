/** The guarded way out in the shape libraries take: `fetch`. */
import type { GuardedOpen, GuardedRequest } from "./guarded-fetch.ts";

export type FetchLimits = Pick<GuardedRequest, "timeoutMs" | "maxBytes" | "maxRedirects">;

/** No more of `fetch` than vendors' adapters and the MCP client use: text bodies, plain headers. Throws OutboundError. */
export type OutboundFetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

const withoutBody = new Set([101, 103, 204, 205, 304]);

export function fetchOver(open: GuardedOpen, limits: FetchLimits): OutboundFetch {
  return async (input, init = {}) => {
    if (init.body !== undefined && init.body !== null && typeof init.body !== "string") {
      throw new TypeError("Only text is sent.");
    }
    const { status, headers, body } = await open(String(input), {
      ...limits,
      method: (init.method ?? "GET") as NonNullable<GuardedRequest["method"]>,
      headers: Object.fromEntries(new Headers(init.headers).entries()),
      signal: init.signal ?? new AbortController().signal,
      ...(typeof init.body === "string" ? { body: init.body } : {}),
    });
    if (withoutBody.has(status)) void body?.cancel();
    return new Response(withoutBody.has(status) ? null : (body ?? null), { status, headers });
  };
}
