/** The typed client: a route of the contract, its input, and what the server answers, checked against the same schema. */
import type { z } from "zod";
import { type Problem, problem as problemSchema } from "./problem.ts";
import type { RouteDefinition } from "./route.ts";

/** What the API answered instead, in words a person can act on. `status` 0: nothing answered. */
export class ApiProblem extends Error {
  readonly status: number;
  /** An `ErrorCode`, or `unreachable`, or `unknown`. */
  readonly code: string;
  readonly errors: NonNullable<Problem["errors"]>;
  /** How long to wait before asking again, where the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    facts: { status: number; code: string; errors?: Problem["errors"]; retryAfter?: number },
  ) {
    super(message);
    this.name = "ApiProblem";
    this.status = facts.status;
    this.code = facts.code;
    this.errors = facts.errors ?? [];
    this.retryAfterSeconds = facts.retryAfter;
  }
}

type Part<R, Name extends string> =
  R extends Record<Name, infer Schema extends z.ZodType> ? Record<Name, z.input<Schema>> : unknown;

type FileBody = NonNullable<RequestInit["body"]>;

type Sent<R> = R extends { upload: object } ? { readonly file: FileBody; readonly contentType: string } : unknown;

/** `params`, `query`, `body` and `file`, as far as the route has them. */
export type RouteInput<R extends RouteDefinition> = Part<R, "params"> & Part<R, "query"> & Part<R, "body"> & Sent<R>;

/** JSON as its schema says; of any other content the response itself. */
export type RouteAnswer<R extends RouteDefinition> = R["response"] extends { contentType: string }
  ? Response
  : z.output<R["response"]["schema"]>;

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** The same key asks for the same deed: it is done once. */
  readonly idempotencyKey?: string;
}

export interface ClientOptions {
  /** Empty for the page's own. */
  readonly origin?: string;
  /** An API key or an access token; a page's cookie needs none. */
  readonly token?: () => string | undefined;
  readonly fetch?: typeof globalThis.fetch;
  /** `omit` asks as nobody, whatever cookie the page has. */
  readonly credentials?: "same-origin" | "omit";
}

export interface Client {
  /** Throws ApiProblem. */
  ask<R extends RouteDefinition>(route: R, input: RouteInput<R>, options?: RequestOptions): Promise<RouteAnswer<R>>;
}

/** Undefined and null are left away; an array repeats its name. */
function queryText(query: unknown): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) pairs.append(name, String(each));
    }
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

export function pathOf(route: RouteDefinition, params: unknown): string {
  const values = (params ?? {}) as Record<string, string | number | undefined>;
  return route.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(values[name] ?? ""));
}

async function toProblem(answer: Response): Promise<ApiProblem> {
  const parsed = problemSchema.safeParse(await answer.json().catch(() => undefined));
  const retryAfter = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const wait = Number.isFinite(retryAfter) ? { retryAfter } : {};
  if (!parsed.success) {
    return new ApiProblem(`The server answered ${answer.status}.`, { status: answer.status, code: "unknown", ...wait });
  }
  const { detail, title, code, errors } = parsed.data;
  return new ApiProblem(detail ?? title, { status: answer.status, code, errors, ...wait });
}

interface LooseInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly file?: FileBody;
  readonly contentType?: string;
}

export function createClient(options: ClientOptions = {}): Client {
  const { origin = "", token, fetch = globalThis.fetch, credentials = "same-origin" } = options;
  const headersFor = ({ body, file, contentType }: LooseInput, idempotencyKey: string | undefined) => {
    const bearer = token?.();
    return {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(file === undefined ? {} : { "content-type": contentType ?? "application/octet-stream" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    };
  };

  const send = async (route: RouteDefinition, input: LooseInput, options: RequestOptions): Promise<Response> => {
    const sent = input.file ?? (input.body === undefined ? undefined : JSON.stringify(input.body));
    try {
      return await fetch(`${origin}${pathOf(route, input.params)}${queryText(input.query)}`, {
        method: route.method,
        headers: headersFor(input, options.idempotencyKey),
        credentials,
        ...(sent === undefined ? {} : { body: sent }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new ApiProblem("Parley does not answer. Is it still running?", { status: 0, code: "unreachable" });
    }
  };

  return {
    async ask(route, input, options = {}) {
      const answer = await send(route, input as LooseInput, options);
      if (!answer.ok) throw await toProblem(answer);
      if (route.response.contentType !== undefined) return answer as never;
      const text = await answer.text();
      const parsed = route.response.schema.safeParse(text === "" ? undefined : JSON.parse(text));
      if (!parsed.success) {
        throw new ApiProblem(`The answer to ${route.id} is not what was agreed. Reload: the server may be newer.`, {
          ...{ status: answer.status, code: "unknown" },
        });
      }
      return parsed.data as never;
    },
  };
}
