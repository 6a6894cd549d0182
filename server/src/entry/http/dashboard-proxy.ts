/** Everything that is not ours goes to the dashboard's process, so that there is one origin. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ApiParts } from "./api-parts.ts";
import { sendProblem } from "./problem.ts";

const pagePolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join("; ");

const words = {
  building: "The dashboard is being built. This page shows it as soon as it is there; calls are answered meanwhile.",
  off: "There is no dashboard here (DASHBOARD=off, or it has no pages). The API is described at /api/docs.",
  failed:
    "The dashboard could not be built; the log says why. Calls are answered all the same, and the API is at /api/docs.",
} as const;

function waitingPage(state: keyof typeof words): string {
  const refresh = state === "building" ? '<meta http-equiv="refresh" content="3">' : "";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">${refresh}<title>Parley</title>
<style>body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0 2rem;color:#1c2430}</style></head>
<body><main><h1>Parley is answering</h1><p>${words[state]}</p></main></body></html>`;
}

export async function addDashboard(app: FastifyInstance, parts: ApiParts): Promise<void> {
  app.all("/api/*", { schema: { hide: true } }, (_request, reply) =>
    sendProblem(reply, "not_found", { detail: "There is no such address." }),
  );
  app.all("/telephony/*", { schema: { hide: true } }, (_request, reply) =>
    sendProblem(reply, "not_found", { detail: "There is no such address." }),
  );
  const showState = (reply: FastifyReply, state: keyof typeof words) =>
    reply
      .code(state === "failed" ? 503 : 200)
      .headers({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" })
      .send(waitingPage(state));
  if (parts.dashboard().state === "off") {
    app.all("/*", { schema: { hide: true } }, (_request, reply) =>
      showState(reply.header("content-security-policy", pagePolicy), "off"),
    );
    return;
  }
  // A node without a dashboard does not pay for its library.
  const { default: httpProxy } = await import("@fastify/http-proxy");
  await app.register(httpProxy, {
    upstream: "",
    // One line for each page and picture otherwise.
    logLevel: "warn",
    preHandler: (_request, reply, next) => {
      void reply.header("content-security-policy", pagePolicy);
      const dashboard = parts.dashboard();
      if (dashboard.state === "ready") return next();
      void showState(reply, dashboard.state);
    },
    replyOptions: {
      getUpstream: () => {
        const dashboard = parts.dashboard();
        return dashboard.state === "ready" ? `http://127.0.0.1:${dashboard.port}` : "http://127.0.0.1:1";
      },
      onError: (reply) => {
        sendProblem(reply as unknown as FastifyReply, "provider_failed", {
          detail: "The dashboard does not answer; it is being started again.",
        });
      },
    },
  });
}
