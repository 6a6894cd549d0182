/** Joins a route of the contract to its handler: validation, permission, OpenAPI. */

import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { RouteAccess, RouteDefinition } from "@parley/contract/route";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { Idempotency } from "../../platform/http/idempotency.ts";
import { actorOf, type Principal } from "../../platform/http/principal.ts";
import type { RouteMount, Upload } from "../../platform/http/route-mount.ts";
import type { RateLimiter } from "../../platform/limits/rate-limiter.ts";
import { limitAddress, limitPrincipal } from "./limit-requests.ts";
import { securityOf } from "./openapi-document.ts";
import { isOwnOrigin } from "./origin.ts";
import { runOnce } from "./run-once.ts";

/** Finds out who is asking. Undefined: nobody said. Throws AppError `unauthorized` or `token_expired` for what is not valid. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Principal | undefined>;

export interface MountParts {
  readonly authenticate: Authenticate;
  readonly idempotency: Idempotency;
  readonly limits: RateLimiter;
  /** By decision of the installation's administrator. */
  readonly isSuspended: (orgId: string) => Promise<boolean>;
  readonly publicUrl?: string;
  /** Told each route that is mounted. */
  readonly onRoute?: (route: RouteDefinition) => void;
}

const principals = new WeakMap<FastifyRequest, Principal>();

async function authorize(
  parts: MountParts,
  route: RouteDefinition,
  at: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const { request, reply } = at;
  const access: RouteAccess = route.permission;
  await limitAddress(parts.limits, route, at);
  const principal = await parts.authenticate(request.headers).catch((error: unknown) => {
    // Who asks for a new token, or signs in again, may still show the old one.
    if (access === "public" && error instanceof AppError) return undefined;
    throw error;
  });
  if (principal !== undefined) {
    principals.set(request, principal);
    await limitPrincipal(parts.limits, principal, reply);
  }
  if (access === "public") return;
  if (!principal) {
    throw new AppError("unauthorized", { publicMessage: "Send `Authorization: Bearer <API key>`, or sign in." });
  }
  if (principal.kind === "user" && principal.byCookie && !isOwnOrigin(request.headers, parts.publicUrl)) {
    throw new AppError("forbidden", { publicMessage: "This page may not act for you." });
  }
  requireAccess(principal, access);
  if (access === "account" || access === "installation" || principal.orgId === undefined) return;
  if (await parts.isSuspended(principal.orgId)) {
    throw new AppError("suspended", {
      publicMessage: "This organisation is suspended. Ask the installation's administrator.",
    });
  }
}

function requireAccess(principal: Principal, access: Exclude<RouteAccess, "public">): void {
  if (access === "account") {
    if (principal.kind === "user") return;
    throw new AppError("forbidden", { publicMessage: "This is for a signed-in person; an API key has no account." });
  }
  if (access === "installation") {
    if (principal.kind === "user" && principal.isInstallationAdmin) return;
    throw new AppError("forbidden", { publicMessage: "This is for the installation's administrator." });
  }
  if (principal.orgId === undefined) {
    throw new AppError("forbidden", { publicMessage: "Choose an organisation first, or make one." });
  }
  if (!principal.permissions.includes(access)) {
    throw new AppError("forbidden", { publicMessage: `This needs the permission ${access}.` });
  }
}

/** The errors are written into the document alone: see `completeDocument`. */
function describe(route: RouteDefinition) {
  const { status, schema, contentType } = route.response;
  const success =
    contentType === undefined ? schema : { description: contentType, content: { [contentType]: { schema } } };
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.id.split(".")[0] ?? route.id],
    security: securityOf(route),
    ...(route.permission === "public" ? {} : { "x-permission": route.permission }),
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { querystring: route.query } : {}),
    ...(route.body ? { body: route.body } : {}),
    response: { [status]: success },
  };
}

/** The database takes no NUL: nothing has one in its id, and nothing is found by one. */
async function refuseNul({ params, query }: FastifyRequest): Promise<void> {
  const holdsNul = (value: unknown) => String(value).includes("\0");
  if (Object.values(params ?? {}).some(holdsNul)) {
    throw new AppError("not_found", { publicMessage: "There is no such thing here." });
  }
  const [name] = Object.entries(query ?? {}).find(([, value]) => holdsNul(value)) ?? [];
  if (name !== undefined)
    throw new AppError("bad_request", { publicMessage: `${name}: must not hold a NUL character.` });
}

/** A body in another form than JSON, or compressed, came here unread. */
async function requireJson(request: FastifyRequest): Promise<void> {
  if (!(request.body instanceof Readable) && typeof request.body !== "string") return;
  throw new AppError("unsupported_media_type", {
    publicMessage: "Send JSON, with `Content-Type: application/json`.",
  });
}

/** Aborts when the connection closes before the answer is out. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function uploadOf(route: RouteDefinition, request: FastifyRequest): Upload | undefined {
  if (route.upload === undefined) return undefined;
  const contentType = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const body = asFile(contentType, request.body);
  if (!route.upload.contentTypes.includes(contentType) || body === undefined) {
    throw new AppError("unsupported_media_type", {
      publicMessage: `Send the file itself as the body, with one of these content types: ${route.upload.contentTypes.join(", ")}.`,
    });
  }
  return { stream: limited(body, route.upload.maxBytes), contentType };
}

/** A route may take JSON where it takes files: it was read already, and goes on as a file. */
function asFile(contentType: string, body: unknown): Readable | undefined {
  if (body instanceof Readable) return body;
  return contentType === "application/json" && body !== undefined
    ? Readable.from([Buffer.from(JSON.stringify(body))], { objectMode: false })
    : undefined;
}

function limited(source: Readable, maxBytes: number): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const piece of source) {
      const bytes = piece as Buffer;
      seen += bytes.length;
      if (seen > maxBytes) {
        throw new AppError("payload_too_large", { publicMessage: `The file is larger than ${maxBytes} bytes.` });
      }
      yield bytes;
    }
  }
  return Readable.from(read(), { objectMode: false });
}

export function createRouteMount(app: FastifyInstance, parts: MountParts): RouteMount {
  return (route, handle) => {
    parts.onRoute?.(route);
    app.route({
      method: route.method,
      url: route.path,
      schema: describe(route),
      ...(route.upload ? { bodyLimit: route.upload.maxBytes } : {}),
      onRequest: async (request, reply) => await authorize(parts, route, { request, reply }),
      preValidation: [refuseNul, ...(route.body && !route.upload ? [requireJson] : [])],
      handler: async (request, reply) => {
        const principal = principals.get(request);
        const upload = uploadOf(route, request);
        const call = {
          ...{ params: request.params, query: request.query, body: request.body, request, reply },
          signal: goneSignal(reply),
          principal,
          ...(principal ? { orgId: principal.orgId } : {}),
          ...(upload ? { upload } : {}),
        };
        const result = await runOnce(parts.idempotency, { route, request, reply, principal }, (claimId) =>
          handle({ ...call, ...(principal ? { actor: actorOf(principal, claimId) } : {}) } as never),
        );
        if (reply.sent || result === reply) return reply;
        const { status, contentType } = route.response;
        void reply.code(reply.statusCode === 200 ? status : reply.statusCode);
        if (contentType !== undefined && !reply.hasHeader("content-type")) void reply.type(contentType);
        return reply.send(result);
      },
    });
  };
}
