/** The HTTP side of the platform: API, webhooks, probes, upgrades, and the dashboard behind it. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { RouteDefinition } from "@parley/contract/route";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ApiParts } from "./api-parts.ts";
import { mountCallRoutes } from "./call-routes.ts";
import { trustOf } from "./client-address.ts";
import { addDashboard } from "./dashboard-proxy.ts";
import { mountLiveRoutes } from "./live-routes.ts";
import { createLiveSockets } from "./live-socket.ts";
import { createLiveTokens } from "./live-tokens.ts";
import { createRouteMount } from "./mount-route.ts";
import { completeDocument, type OpenApiDocument, openApiBase } from "./openapi-document.ts";
import { useProblems } from "./problem.ts";
import { addProbes, mountSystemRoutes } from "./system-routes.ts";
import { addTwilioRoutes } from "./twilio-routes.ts";
import { createUpgradeHandler } from "./upgrade.ts";

const maxBodyBytes = 256 * 1024;

const strictHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
} as const;

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="110" height="40"><text x="0" y="29" font-family="sans-serif" font-size="26" font-weight="600" fill="#fff">Parley</text></svg>';

async function addDocs(
  app: FastifyInstance,
  { version, publicUrl }: Pick<ApiParts, "version" | "publicUrl">,
  routes: ReadonlyMap<string, RouteDefinition>,
): Promise<void> {
  await app.register(swagger, {
    openapi: openApiBase(version, publicUrl),
    transform: jsonSchemaTransform,
    transformObject(written) {
      if (!("openapiObject" in written)) return written.swaggerObject;
      completeDocument(written.openapiObject as OpenApiDocument, routes);
      return written.openapiObject;
    },
    // The contract's routes have a tag each; the proxy's, which are no part of the API, have none.
    hideUntagged: true,
  });
  await app.register(swaggerUi, {
    routePrefix: "/api/docs",
    staticCSP: true,
    theme: { title: "Parley API" },
    logo: { type: "image/svg+xml", content: logo, href: "/", target: "_self" },
    uiConfig: { docExpansion: "none", filter: true, displayRequestDuration: true },
  });
}

/** Ready to listen. Nothing is opened yet. */
export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    trustProxy: trustOf(parts.trustedProxies),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  useProblems(app);
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(strictHeaders);
    if (request.url.startsWith("/api/v1")) {
      void reply.headers({
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
      });
    }
  });
  const routes = new Map<string, RouteDefinition>();
  await addDocs(app, parts, routes);
  const live = { live: parts.live, tokens: createLiveTokens(parts.clock) };
  await app.register(async (scope) => {
    // A file sent as the body reaches its route as a stream; a route that takes none never reads it.
    // Text is a file as others are: read as UTF-8 here, older letters would be lost.
    scope.removeContentTypeParser("text/plain");
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    const mount = createRouteMount(scope, {
      authenticate: parts.authenticate,
      idempotency: parts.idempotency,
      limits: parts.limits,
      isSuspended: parts.isSuspended,
      onRoute: (route) => routes.set(route.id, route),
      ...(parts.publicUrl === undefined ? {} : { publicUrl: parts.publicUrl }),
    });
    mountLiveRoutes(mount, parts, live);
    mountCallRoutes(mount, parts);
    mountSystemRoutes(mount, parts);
    parts.mountFeatures(mount);
  });
  addProbes(app, parts);
  await addTwilioRoutes(app, parts);
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  await addDashboard(app, parts);
  const liveSockets = createLiveSockets(parts, live);
  app.addHook("preClose", async () => liveSockets.close());
  app.server.on("upgrade", createUpgradeHandler(parts, liveSockets));
  return app;
}
