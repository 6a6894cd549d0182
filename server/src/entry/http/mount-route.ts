/** Joins a route of the contract to its handler: validation, permission, OpenAPI. */

import { errorCodes } from "@parley/contract/error-code";
import type { Permission } from "@parley/contract/permission";
import { problem } from "@parley/contract/problem";
import type { RouteBody, RouteDefinition, RouteParams, RouteQuery, RouteResult } from "@parley/contract/route";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { Authenticator } from "./authenticate.ts";
import { isOwnOrigin } from "./origin.ts";

export interface RouteCall<R extends RouteDefinition> {
  readonly params: RouteParams<R>;
  readonly query: RouteQuery<R>;
  readonly body: RouteBody<R>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface RouteMount {
  <R extends RouteDefinition>(route: R, handle: (call: RouteCall<R>) => Promise<RouteResult<R>>): void;
}

export interface MountParts {
  readonly authenticator: Authenticator;
  readonly publicUrl?: string;
}

function authorize(parts: MountParts, permission: Permission, request: FastifyRequest): void {
  const principal = parts.authenticator.authenticate(request.headers);
  if (!principal) {
    throw new AppError("unauthorized", { publicMessage: "Send `Authorization: Bearer <API key>`, or sign in." });
  }
  // The cookie travels by itself, so a page of somebody else's must not be able to use it.
  if (principal.kind === "demo-session" && !isOwnOrigin(request.headers, parts.publicUrl)) {
    throw new AppError("forbidden", { publicMessage: "This page may not act for you." });
  }
  if (!principal.permissions.includes(permission)) {
    throw new AppError("forbidden", { publicMessage: `This needs the permission ${permission}.` });
  }
}

function describe(route: RouteDefinition) {
  const errors = Object.groupBy(route.errors, (code) => String(errorCodes[code].status));
  const failures = Object.entries(errors).map(([status, codes]) => {
    return [
      status,
      { description: (codes ?? []).join(", "), content: { "application/problem+json": { schema: problem } } },
    ] as const;
  });
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.id.split(".")[0] ?? route.id],
    security: route.permission === "public" ? [] : [{ apiKey: [] }],
    ...(route.permission === "public" ? {} : { "x-permission": route.permission }),
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { querystring: route.query } : {}),
    ...(route.body ? { body: route.body } : {}),
    response: { [route.response.status]: route.response.schema, ...Object.fromEntries(failures) },
  };
}

export function createRouteMount(app: FastifyInstance, parts: MountParts): RouteMount {
  return (route, handle) => {
    app.route({
      method: route.method,
      url: route.path,
      schema: describe(route),
      onRequest: async (request) => {
        if (route.permission !== "public") authorize(parts, route.permission, request);
      },
      handler: async (request, reply) => {
        const call = { params: request.params, query: request.query, body: request.body, request, reply };
        const result = await handle(call as never);
        return reply.code(route.response.status).send(result);
      },
    });
  };
}
