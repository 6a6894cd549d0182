/**
 * The guarded way out, as the protocol's client wants it. The client waits for an answer to each request and is not told when a stream of
 * events ends without one: a server that dies in the middle would be waited for until the deadline. So the end is made an answer.
 */
import type { OutboundFetch } from "../../../platform/net/fetch-over.ts";

/** JSON-RPC's code for a connection that was lost. */
export const connectionClosed = -32_000;

function idOf(body: RequestInit["body"]): string | number | undefined {
  if (typeof body !== "string") return undefined;
  const message = JSON.parse(body) as { readonly id?: string | number; readonly method?: string };
  return message.method === undefined ? undefined : message.id;
}

export function mcpFetch(fetch: OutboundFetch): OutboundFetch {
  return async (input, init = {}) => {
    // Nothing is listened for between requests.
    if ((init.method ?? "GET") === "GET") return new Response(null, { status: 405 });
    const response = await fetch(input, init);
    const isStream = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
    const id = idOf(init.body);
    if (!isStream || id === undefined || response.body === null) return response;
    return new Response(withLastWord(response.body, id), { status: response.status, headers: response.headers });
  };
}

/** An answer that came before makes this one unknown to the client, which drops it. */
function withLastWord(body: ReadableStream<Uint8Array>, id: string | number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const error = { code: connectionClosed, message: "The connection ended without an answer." };
  const event = `\n\nevent: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, error })}\n\n`;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await reader.read().catch(() => undefined);
      if (next?.value !== undefined) return controller.enqueue(next.value);
      controller.enqueue(new TextEncoder().encode(event));
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
