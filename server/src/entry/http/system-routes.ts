import { getSystem, signInToDemo } from "@parley/contract/system";
import type { FastifyInstance } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { ApiParts } from "./api-parts.ts";
import { isLocalRequest, isOwnOrigin } from "./origin.ts";

export function mountSystemRoutes(mount: RouteMount, parts: ApiParts): void {
  mount(getSystem, async () => ({
    version: parts.version,
    embedded: parts.embedded,
    publicUrl: parts.publicUrl ?? null,
    twilioWebhookUrl: `${parts.publicUrl ?? `http://localhost:${parts.port()}`}/telephony/twilio/incoming`,
    providers: [...parts.providerStatus],
    liveCalls: parts.book.liveCount(),
    mediaProcesses: parts.mediaProcesses,
    notes: [...parts.notes],
  }));

  mount(signInToDemo, async ({ request, reply }) => {
    const local = isLocalRequest(request.headers, request.socket.remoteAddress);
    if (!parts.embedded || !local || !isOwnOrigin(request.headers, undefined)) {
      throw new AppError("forbidden", {
        publicMessage:
          "Only a page opened on this machine itself is signed in to the demo. Use the API key printed at the start.",
      });
    }
    const { cookies, expiresAtMs } = await parts.signInToDemo(request);
    void reply.header("set-cookie", cookies).header("cache-control", "no-store");
    return { signedIn: true as const, expiresAt: new Date(expiresAtMs).toISOString() };
  });
}

/** For machines that watch this one. */
export function addProbes(app: FastifyInstance, parts: ApiParts): void {
  app.get("/healthz", { schema: { hide: true } }, async () => ({ status: "ok" }));
  app.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    if (parts.isDraining()) return reply.code(503).send({ status: "draining" });
    return { status: "ready" };
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await parts.metrics.render();
    return reply.header("content-type", contentType).send(text);
  });
}
