/** How a feature offers its routes; `entry/http` implements it: validation, permission, limits, idempotency, OpenAPI. */
import type { Readable } from "node:stream";
import type { Permission } from "@parley/contract/permission";
import type { RouteBody, RouteDefinition, RouteParams, RouteQuery, RouteResult } from "@parley/contract/route";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor, Principal, UserPrincipal } from "./principal.ts";

/** A file sent as the body. Its bytes are counted: reading beyond the route's limit throws `payload_too_large`. */
export interface Upload {
  readonly stream: Readable;
  /** Without parameters, lower case. */
  readonly contentType: string;
}

interface Asked<R extends RouteDefinition> {
  readonly params: RouteParams<R>;
  readonly query: RouteQuery<R>;
  readonly body: RouteBody<R>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** Routes with a permission: the organisation is known, and nothing of another one may be touched. */
interface OrgCall {
  readonly orgId: string;
  readonly actor: Actor;
  readonly principal: Principal;
}

type AccessOf<R extends RouteDefinition> = R["permission"] extends "public"
  ? { readonly principal: Principal | undefined }
  : R["permission"] extends "account" | "installation"
    ? { readonly principal: UserPrincipal; readonly actor: Actor }
    : R["permission"] extends Permission
      ? OrgCall
      : { readonly principal: Principal };

type UploadOf<R extends RouteDefinition> = R["upload"] extends object ? { readonly upload: Upload } : unknown;

export type RouteCall<R extends RouteDefinition> = Asked<R> & AccessOf<R> & UploadOf<R>;

/** Of a route whose response is no JSON. */
export type RawResult = Readable | Uint8Array | string | FastifyReply;

export type RouteHandler<R extends RouteDefinition> = (
  call: RouteCall<R>,
) => Promise<R["response"] extends { contentType: string } ? RawResult : RouteResult<R>>;

export interface RouteMount {
  <R extends RouteDefinition>(route: R, handle: RouteHandler<R>): void;
}
