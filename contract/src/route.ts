/** How a route is described: once, for the server, the OpenAPI document and clients. */
import type { z } from "zod";
import type { ErrorCode } from "./error-code.ts";
import type { Permission } from "./permission.ts";

/**
 * Who may ask. A permission: someone of an organisation who holds it. `account`: any signed-in person, about themselves.
 * `installation`: the installation's administrator. `public`: anybody.
 */
export type RouteAccess = Permission | "account" | "installation" | "public";

export interface RouteDefinition {
  /** Stable, `noun.verb`; the operation id of the OpenAPI document. */
  readonly id: string;
  readonly summary: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  readonly path: `/${string}`;
  readonly permission: RouteAccess;
  /** Tries a password or a code, or sends mail: an address may ask far less often. */
  readonly limit?: "strict";
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** JSON. */
  readonly body?: z.ZodType;
  /** The body is a file, sent as it is (no multipart); `body` is absent then. Its content is looked at, not only its name. */
  readonly upload?: {
    readonly contentTypes: readonly string[];
    readonly maxBytes: number;
    /** Of the body where `application/json` is among the types. */
    readonly json?: z.ZodType;
  };
  readonly response: {
    readonly status: 200 | 201 | 202 | 204 | 302;
    /** What else is a success: a part of the content. */
    readonly otherStatuses?: readonly 206[];
    /** Of the JSON body. */
    readonly schema: z.ZodType;
    /** Something else than JSON is sent: sound, CSV, PDF, `text/event-stream`. The handler then returns a stream or bytes. */
    readonly contentType?: string;
  };
  readonly errors: readonly ErrorCode[];
}

export function defineRoute<const R extends RouteDefinition>(route: R): R {
  return route;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteParams<R extends RouteDefinition> = Output<R["params"]>;
export type RouteQuery<R extends RouteDefinition> = Output<R["query"]>;
export type RouteBody<R extends RouteDefinition> = Output<R["body"]>;
export type RouteResult<R extends RouteDefinition> = z.input<R["response"]["schema"]>;
