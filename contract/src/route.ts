/** How a route is described: once, for the server, the OpenAPI document and clients. */
import type { z } from "zod";
import type { ErrorCode } from "./error-code.ts";
import type { Permission } from "./permission.ts";

export interface RouteDefinition {
  /** Stable, `noun.verb`; the operation id of the OpenAPI document. */
  readonly id: string;
  readonly summary: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  readonly path: `/${string}`;
  /** `public` routes ask for no sign-in. */
  readonly permission: Permission | "public";
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: { readonly status: 200 | 201 | 202 | 204; readonly schema: z.ZodType };
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
