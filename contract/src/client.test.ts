import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiProblem, createClient } from "./client.ts";
import { defineRoute } from "./route.ts";

const renameThing = defineRoute({
  id: "things.rename",
  summary: "Renames a thing",
  method: "PATCH",
  path: "/api/v1/things/:id",
  permission: "agents:write",
  params: z.object({ id: z.string() }),
  query: z.object({ tags: z.array(z.string()).optional(), limit: z.coerce.number().optional() }),
  body: z.object({ name: z.string() }),
  response: { status: 200, schema: z.object({ name: z.string() }) },
  errors: ["not_found"],
});

const readSound = defineRoute({
  id: "things.sound",
  summary: "A thing's sound",
  method: "GET",
  path: "/api/v1/things/:id/sound",
  permission: "agents:read",
  params: z.object({ id: z.string() }),
  response: { status: 200, schema: z.unknown(), contentType: "audio/wav" },
  errors: [],
});

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(handle: Handle) {
  const server = createServer(
    (request, response) => void text(request).then((body) => handle(request, response, body)),
  );
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, [Symbol.asyncDispose]: async () => void server.close() };
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

describe("the typed client", () => {
  it("puts parameters, query, body, token and idempotency key where they belong", async () => {
    await using server = await serve((request, response, body) => {
      const { authorization } = request.headers;
      json(response, 200, {
        name: [request.method, request.url, authorization, request.headers["idempotency-key"], body].join(" "),
        more: "is left out",
      });
    });
    const client = createClient({ origin: server.origin, token: () => "secret" });
    const input = { params: { id: "a/b" }, query: { tags: ["x", "y z"], limit: 2 }, body: { name: "n" } };
    expect(await client.ask(renameThing, input, { idempotencyKey: "k1" })).toEqual({
      name: 'PATCH /api/v1/things/a%2Fb?tags=x&tags=y+z&limit=2 Bearer secret k1 {"name":"n"}',
    });
  });

  it("throws the problem in the server's words, with what to mend and how long to wait", async () => {
    await using server = await serve((_request, response) =>
      json(response.setHeader("retry-after", "7"), 429, {
        type: "t",
        title: "Too many",
        status: 429,
        code: "too_many_requests",
        errors: [{ field: "f", message: "m" }],
      }),
    );
    const asked = createClient({ origin: server.origin }).ask(renameThing, {
      ...{ params: { id: "1" }, query: {}, body: { name: "n" } },
    });
    await expect(asked).rejects.toMatchObject({
      ...{ message: "Too many", status: 429, code: "too_many_requests", retryAfterSeconds: 7 },
      errors: [{ field: "f", message: "m" }],
    });
  });

  it("gives anything but JSON as the response itself", async () => {
    await using server = await serve((_request, response) => response.writeHead(200).end("RIFF"));
    const answer = await createClient({ origin: server.origin }).ask(readSound, { params: { id: "1" } });
    expect(await answer.text()).toBe("RIFF");
  });

  it("refuses an answer that is not what the contract says", async () => {
    await using server = await serve((_request, response) => json(response, 200, { name: 5 }));
    const asked = createClient({ origin: server.origin }).ask(renameThing, {
      ...{ params: { id: "1" }, query: {}, body: { name: "n" } },
    });
    await expect(asked).rejects.toThrow(ApiProblem);
  });

  it("says so when nothing answers", async () => {
    const asked = createClient({ origin: "http://127.0.0.1:1" }).ask(readSound, { params: { id: "1" } });
    await expect(asked).rejects.toMatchObject({ code: "unreachable", status: 0 });
  });
});
