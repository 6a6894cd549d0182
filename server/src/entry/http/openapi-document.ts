/** The OpenAPI document: what the framework writes of each route, and what holds for all of them. */

import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { type ErrorCode, errorCodes } from "@parley/contract/error-code";
import { problem } from "@parley/contract/problem";
import type { RouteDefinition } from "@parley/contract/route";
import { z } from "zod";
import { describeParameter } from "./openapi-parameters.ts";
import { tagDescriptions } from "./openapi-tags.ts";

interface Response {
  description?: string | undefined;
  headers?: object;
  content?: object;
}
interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { description?: string; required?: boolean; content?: object };
  responses: Record<string, Response>;
}
/** As far as it is touched here. */
export interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  tags?: { name: string; description?: string }[];
}

const statusWords: Readonly<Record<number, string>> = {
  200: "Done.",
  201: "Made.",
  202: "Taken; it happens behind the answer.",
  204: "Done; there is nothing to tell.",
  206: "The part that was asked for.",
  302: "Sends the browser on.",
};

const withoutDialect = ({ $schema: _dialect, ...schema }: Record<string, unknown>) => schema;

type Base = NonNullable<FastifyDynamicSwaggerOptions["openapi"]>;

export const openApiBase = (version: string, publicUrl: string | undefined): Base => ({
  openapi: "3.1.0",
  info: {
    title: "Parley",
    version,
    description:
      "The open phone-agent platform. JSON in and out; errors are problem documents (RFC 9457) with a stable `code`; lists come in pages: `nextCursor` of one is `cursor` of the next, null is the end. `x-permission` names what an operation needs.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: publicUrl ?? "/", description: "This installation." }],
  components: {
    securitySchemes: {
      apiKey: { type: "http", scheme: "bearer", description: "An API key of the organisation: `Bearer pk_…`." },
      accessToken: {
        ...{ type: "http", scheme: "bearer", bearerFormat: "JWT" },
        description: "A person's, from `POST /api/v1/auth/sign-in`. It lives five minutes.",
      },
      sessionCookie: {
        ...{ type: "apiKey", in: "cookie", name: "parley_session" },
        description: "A page's own access token; taken only from a page of this origin.",
      },
    },
    schemas: { Problem: withoutDialect(z.toJSONSchema(problem, { io: "output" })) },
    headers: {
      RetryAfter: { description: "Seconds until it may be asked again.", schema: { type: "integer" } },
      RateLimitLimit: { description: "Requests a minute, of the limit that is nearest.", schema: { type: "integer" } },
      RateLimitRemaining: { description: "What is left of them.", schema: { type: "integer" } },
      RateLimitReset: { description: "Seconds until they are whole again.", schema: { type: "integer" } },
    },
  },
});

/** Asks for more than the route says itself, because the way there may refuse already. */
export function errorsOf(route: RouteDefinition): ErrorCode[] {
  const { permission } = route;
  const isOfOrganization = permission !== "public" && permission !== "account" && permission !== "installation";
  const codes = new Set<ErrorCode>([...route.errors, "too_many_requests", "internal"]);
  const add = (when: boolean, ...more: ErrorCode[]) => void (when && more.forEach((code) => codes.add(code)));
  add(permission !== "public", "unauthorized", "token_expired", "forbidden");
  add(isOfOrganization, "suspended");
  add(
    [route.params, route.query, route.body].some((part) => part !== undefined),
    "bad_request",
  );
  add(route.body !== undefined || route.upload !== undefined, "payload_too_large", "unsupported_media_type");
  add(takesIdempotencyKey(route), "bad_request", "conflict", "idempotency_mismatch");
  return [...codes];
}

/** A write of an organisation whose answer can be kept. */
export function takesIdempotencyKey({ method, permission, response }: RouteDefinition): boolean {
  return method !== "GET" && permission !== "public" && response.contentType === undefined;
}

export function securityOf({ permission }: RouteDefinition): Record<string, string[]>[] {
  if (permission === "public") return [];
  const person = [{ accessToken: [] }, { sessionCookie: [] }];
  return permission === "account" || permission === "installation" ? person : [{ apiKey: [] }, ...person];
}

function problemsOf(route: RouteDefinition): Record<string, Response> {
  const byStatus = Object.groupBy(errorsOf(route), (code) => String(errorCodes[code].status));
  const sorted = Object.entries(byStatus).toSorted(([a], [b]) => Number(a) - Number(b));
  return Object.fromEntries(
    sorted.map(([status, codes = []]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errorCodes[code].title}`).join(" "),
        ...(status === "429" ? { headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } } } : {}),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

const rateHeaders = {
  "RateLimit-Limit": { $ref: "#/components/headers/RateLimitLimit" },
  "RateLimit-Remaining": { $ref: "#/components/headers/RateLimitRemaining" },
  "RateLimit-Reset": { $ref: "#/components/headers/RateLimitReset" },
};

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key with the same request is done once, for a day; the second answer is the first one's.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

function completeOperation(operation: Operation, { url, route }: { url: string; route: RouteDefinition }): void {
  const { response, upload } = route;
  for (const parameter of operation.parameters ?? []) {
    const description = describeParameter(url, parameter);
    if (description !== undefined) parameter.description ??= description;
  }
  const success = operation.responses[response.status] ?? {};
  success.description = statusWords[response.status] ?? "Done.";
  success.headers = rateHeaders;
  const others = (response.otherStatuses ?? []).map((status) => [
    status,
    { ...success, description: statusWords[status] },
  ]);
  operation.responses = { [response.status]: success, ...Object.fromEntries(others), ...problemsOf(route) };
  if (takesIdempotencyKey(route)) operation.parameters = [...(operation.parameters ?? []), idempotencyKey];
  if (upload === undefined) return;
  const json = upload.json === undefined ? {} : withoutDialect(z.toJSONSchema(upload.json, { io: "input" }));
  const types = upload.contentTypes.map((type) => {
    return [type, { schema: type === "application/json" ? json : { type: "string", format: "binary" } }];
  });
  operation.requestBody = {
    required: true,
    description: `The file itself, no multipart; at most ${upload.maxBytes} bytes.`,
    content: { ...operation.requestBody?.content, ...Object.fromEntries(types) },
  };
}

/** In place. `routes` by operation id. */
export function completeDocument(document: OpenApiDocument, routes: ReadonlyMap<string, RouteDefinition>): void {
  const tags = new Set<string>();
  for (const [url, path] of Object.entries(document.paths ?? {})) {
    for (const operation of Object.values(path)) {
      const route = routes.get(operation.operationId ?? "");
      if (route === undefined) continue;
      completeOperation(operation, { url, route });
      for (const tag of operation.tags ?? []) tags.add(tag);
    }
  }
  document.tags = [...tags].toSorted().map((name) => {
    const description = tagDescriptions[name];
    return description === undefined ? { name } : { name, description };
  });
}
