/** What a failure of a server says: whose fault it is, and whether anything can have been done. */
import { AppError, ProviderError, type ProviderErrorCategory } from "../../../kernel/app-error.ts";
import { connectionClosed } from "./mcp-fetch.ts";

const provider = "mcp";

interface Told {
  readonly category: ProviderErrorCategory;
  readonly words: string;
  readonly nothingDone: boolean;
}

const outbound: Readonly<Record<string, Told>> = {
  "address-not-allowed": {
    category: "bad-request",
    words: "its address leads into a private network",
    nothingDone: true,
  },
  "too-large": { category: "protocol", words: "it sent more than can be read", nothingDone: false },
  timeout: { category: "timeout", words: "it did not answer in time", nothingDone: false },
  network: { category: "network", words: "it cannot be reached, or the connection broke", nothingDone: false },
};
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ENOENT", "EACCES"]);

function causesOf(error: unknown): { readonly code?: unknown; readonly failure?: unknown }[] {
  const found: object[] = [];
  for (let at: unknown = error; at instanceof Error && found.length < 8; at = at.cause) found.push(at);
  return found;
}

function ofStatus(status: number): Told {
  const nothingDone = status >= 300 && status < 500 && status !== 408;
  if (status === 401 || status === 403)
    return { category: "auth", words: `it refused our headers (${status})`, nothingDone };
  if (status === 429) return { category: "rate-limit", words: "it is asked too often (429)", nothingDone };
  if (status >= 500) return { category: "overloaded", words: `it answered ${status}`, nothingDone };
  if (status >= 300 && status < 400) {
    return { category: "bad-request", words: `it sends us to another address (${status})`, nothingDone };
  }
  return { category: "bad-request", words: `it answered ${status}: this is no address of an MCP server`, nothingDone };
}

/** JSON-RPC: the request was no request to the server, or it failed at it. */
function ofCode(code: number): Told {
  if (code === connectionClosed) return { ...(outbound["network"] as Told) };
  if (code === -32_001) return { ...(outbound["timeout"] as Told) };
  if (code <= -32_600 && code >= -32_602) {
    return { category: "bad-request", words: "it does not know this request", nothingDone: true };
  }
  return { category: "overloaded", words: `it failed (${code})`, nothingDone: false };
}

function told(error: unknown): Told {
  const causes = causesOf(error);
  const isUnsent = causes.some(({ code }) => typeof code === "string" && neverSent.has(code));
  const failure = causes.map((cause) => outbound[String(cause.failure)]).find((known) => known !== undefined);
  if (isUnsent) return { ...(failure ?? (outbound["network"] as Told)), nothingDone: true };
  if (failure !== undefined) return failure;
  const code = causes.map((cause) => cause.code).find((found) => typeof found === "number");
  if (code !== undefined) return code > 0 ? ofStatus(code) : ofCode(code);
  if (causes.some((cause) => cause instanceof SyntaxError || Reflect.get(cause, "name") === "ZodError")) {
    return { category: "protocol", words: "its answer is not MCP", nothingDone: false };
  }
  return { category: "protocol", words: "its answer cannot be read", nothingDone: false };
}

/** The server's own words stay with it: they may be anything. */
export function mcpFailure(error: unknown, phase: "connecting" | "asking"): ProviderError | AppError {
  if (error instanceof ProviderError || error instanceof AppError) return error;
  const { category, words, nothingDone } = told(error);
  const permanent = category === "auth" || category === "bad-request";
  return new ProviderError(`The MCP server failed: ${words}.`, {
    ...{ provider, category, permanent, cause: error, vendorMessage: words },
    // Before it has agreed to talk, no tool was asked for.
    nothingDone: nothingDone || phase === "connecting",
  });
}

export const isSessionGone = (error: unknown): boolean => causesOf(error).some(({ code }) => code === 404);
