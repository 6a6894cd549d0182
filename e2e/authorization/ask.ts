/** One request to an operation, and all of its answer that a stranger could read. */
import type { Operation } from "./operations.ts";

export interface Sent {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: unknown;
  readonly file?: Uint8Array;
  readonly contentType?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: string;
  readonly json: Record<string, unknown>;
}

function urlOf(origin: string, { path }: Operation, { params = {}, query = {} }: Sent): string {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`${path}: no value for ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams(query).toString();
  return `${origin}${filled}${search === "" ? "" : `?${search}`}`;
}

/** An endless stream is read to its first piece. */
async function readText(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return Buffer.from(first?.value ?? []).toString("utf8");
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export async function ask(
  origin: string,
  operation: Operation,
  { sent = {}, headers = {} }: { sent?: Sent; headers?: Readonly<Record<string, string>> },
): Promise<Answer> {
  const body = sent.file ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const contentType = sent.contentType ?? "application/json";
  const response = await fetch(urlOf(origin, operation, sent), {
    method: operation.method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": contentType }) },
    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body }),
  });
  const text = await readText(response);
  const told = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return { status: response.status, text, headers: told, json: parse(text) };
}

/** In words, for a list of what is wrong. */
export const describeAnswer = ({ id, method, path }: Operation, { status, text }: Answer): string =>
  `${id} (${method} ${path}) answered ${status} ${text.slice(0, 300)}`;
