/** What stand-ins of plain HTTP APIs share: reading requests, answering JSON, and failing before, during and after a deed. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { closeServer, listenOnLoopback } from "./loopback.ts";
import { createSettings, parseJson, readBody } from "./settings.ts";

const faultsSchema = z.object({
  /** Answers with this status instead; nothing is done. */
  refuseStatus: z.number().int().min(300).max(599).nullable().default(null),
  /** Sent as `retry-after` with a refusal. */
  retryAfterSeconds: z.number().int().min(0).nullable().default(null),
  /** The connection breaks without an answer: `before` nothing was done, `after` it was. */
  cut: z.enum(["before", "after"]).nullable().default(null),
  /** No answer comes and the connection stays. */
  hang: z.enum(["before", "after"]).nullable().default(null),
  /** An answer that is no JSON; what was asked for is done. */
  garbage: z.boolean().default(false),
  /** The answer is followed by so many bytes more. */
  floodBytes: z.number().int().min(0).default(0),
  /** The faults meet only requests of these methods. */
  methods: z.array(z.string()).nullable().default(null),
  /** The faults above meet only the next so many requests. Null: all. */
  faultyRequests: z.number().int().min(0).nullable().default(null),
});
export type RestFaults = z.output<typeof faultsSchema>;

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON, a form's fields, or undefined. */
  readonly body: unknown;
}

export interface RestAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestDesk {
  readonly url: string;
  /** `METHOD /path` of everything asked so far. */
  readonly asked: readonly string[];
  /** Only what is named changes. */
  setFaults(change: Partial<RestFaults>): void;
  mend(): void;
  close(): Promise<void>;
}

export interface RestVendor {
  answer(request: RestRequest): RestAnswer;
  /** The vendor's own body of a refusal. */
  refusal(status: number): unknown;
}

export async function startRestDesk(vendor: RestVendor, port = 0): Promise<RestDesk> {
  const faults = createSettings(faultsSchema, {});
  const asked: string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (await faults.handle(request, response)) return;
    const read = await readRequest(request);
    asked.push(`${read.method} ${read.path}`);
    const hit = takeFault(faults, read.method);
    if (hit?.refuseStatus) {
      const retry = hit.retryAfterSeconds === null ? {} : { "retry-after": String(hit.retryAfterSeconds) };
      return send(response, request, {
        status: hit.refuseStatus,
        body: vendor.refusal(hit.refuseStatus),
        headers: retry,
      });
    }
    if (hit?.cut === "before") return void request.socket.destroy();
    if (hit?.hang === "before") return;
    const answer = vendor.answer(read);
    if (hit?.cut === "after") return void request.socket.destroy();
    if (hit?.hang === "after") return;
    if (hit?.garbage) return void response.writeHead(200, { "content-type": "text/html" }).end("<html>oops");
    if (hit?.floodBytes) return flood(response, answer.status, hit.floodBytes);
    send(response, request, answer);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  const at = await listenOnLoopback(server, port);
  return {
    url: `http://127.0.0.1:${at}`,
    asked,
    setFaults: (change) => faults.set(change),
    mend: () => faults.set(faultsSchema.parse({})),
    close: () => closeServer(server),
  };
}

function takeFault(
  faults: ReturnType<typeof createSettings<typeof faultsSchema>>,
  method: string,
): RestFaults | undefined {
  const { value } = faults;
  if (value.faultyRequests === 0 || (value.methods !== null && !value.methods.includes(method))) return undefined;
  if (value.faultyRequests !== null) faults.set({ faultyRequests: value.faultyRequests - 1 });
  return value;
}

async function readRequest(request: IncomingMessage): Promise<RestRequest> {
  const url = new URL(request.url ?? "/", "http://stand-in");
  const text = await readBody(request);
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJson(text);
  const { method = "GET", headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

function send(response: ServerResponse, request: IncomingMessage, { status, body, headers }: RestAnswer): void {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const zips = text !== undefined && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  response.writeHead(status, {
    ...(text === undefined ? {} : { "content-type": "application/json;charset=UTF-8" }),
    ...(zips ? { "content-encoding": "gzip" } : {}),
    ...headers,
  });
  response.end(zips ? gzipSync(text) : text);
}

function flood(response: ServerResponse, status: number, bytes: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  const piece = Buffer.alloc(65_536, " ");
  let left = bytes;
  const more = () => {
    while (left > 0) {
      left -= piece.length;
      if (!response.write(piece)) return void response.once("drain", more);
    }
    response.end("{}");
  };
  more();
}

export const bearerOf = (request: Pick<RestRequest, "headers">): string | undefined =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
