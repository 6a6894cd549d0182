import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";

const MAX_BODY_BYTES = 1_000_000;

/** The whole body as text; throws when it is larger than 1 MB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new RangeError("the body is larger than 1 MB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** Parsed JSON, or undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type Settings<T> = {
  readonly value: T;
  /** Changes the named fields; throws an error that names a wrong one. */
  set(change: unknown): void;
  /** Answers `GET` and `POST /_sandbox/settings`; false when the request is for somebody else. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
};

/** What a stand-in can be told while it runs. The schema's defaults are the healthy vendor. */
export function createSettings<S extends z.ZodObject>(schema: S, initial: unknown): Settings<z.output<S>> {
  let value = schema.parse(initial ?? {});

  function set(change: unknown): void {
    const result = schema.partial().strict().safeParse(change);
    if (!result.success) {
      const issue = result.error.issues[0];
      throw new TypeError(`settings: ${issue?.path.join(".") || "body"}: ${issue?.message}`);
    }
    // Zod fills defaults into a partial object too: only what was named may change.
    const named = Object.entries(result.data).filter(([key]) => key in (change as object));
    value = schema.parse({ ...value, ...Object.fromEntries(named) });
  }

  return {
    get value() {
      return value;
    },
    set,
    async handle(request, response) {
      if (request.url?.split("?")[0] !== "/_sandbox/settings") return false;
      if (request.method === "POST") {
        try {
          set(parseJson(await readBody(request)) ?? null);
        } catch (error) {
          sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
          return true;
        }
      }
      sendJson(response, 200, value);
      return true;
    },
  };
}
