import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { ProviderError } from "../kernel/app-error.ts";
import { systemClock } from "../kernel/clock.ts";
import { errorOfResponse, vendorWords, watchSocket } from "./provider-failure.ts";
import { createProviderIo } from "./provider-io.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function endOf(url: string): Promise<ProviderError> {
  const io = createProviderIo(systemClock);
  return new Promise((resolve) =>
    watchSocket("acme", io.connect(url, { headers: {} }), { onOpen() {}, onMessage() {}, onEnd: resolve }),
  );
}

describe("refusals", () => {
  test.each([
    [401, '{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials."}', "auth", true, "Invalid credentials."],
    [401, '{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}', "auth", true, "Invalid API key"],
    [422, '{"detail":[{"loc":["body"],"msg":"field required"}]}', "bad-request", true, "field required"],
    [429, '{"err_msg":"Please try again later."}', "rate-limit", false, "Please try again later."],
    [503, "<html>no</html>", "overloaded", false, undefined],
  ] as const)("upgrade refused with %i", async (...refusal) => {
    const [status, body, category, permanent, words] = refusal;
    const server = createServer().listen(0);
    server.on("upgrade", (_request, socket) => {
      socket.end(
        `HTTP/1.1 ${status} No\r\ndg-request-id: r1\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
    });
    cleanups.push(() => server.close());
    const error = await endOf(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(error).toMatchObject({ provider: "acme", status, category, permanent, requestId: "r1" });
    expect(error.vendorMessage).toBe(words);
  });

  test("nobody listens", async () => {
    expect(await endOf("ws://127.0.0.1:1/")).toMatchObject({ category: "network", permanent: false });
  });

  test("a close carries the vendor's reason", async () => {
    const server = new WebSocketServer({ port: 0 });
    server.on("connection", (socket) => socket.close(1011, "NET-0001"));
    cleanups.push(() => server.close());
    const error = await endOf(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(error).toMatchObject({ category: "network", vendorMessage: "NET-0001" });
  });

  test("an HTTP error keeps the vendor's words", async () => {
    const error = await errorOfResponse(
      "acme",
      new Response('{"error":{"message":"Quota exceeded"}}', { status: 402 }),
    );
    expect(error).toMatchObject({ status: 402, category: "auth", vendorMessage: "Quota exceeded" });
    expect(vendorWords("plain words")).toBe("plain words");
  });

  test("fetch keeps its connection between turns", async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end("ok")).listen(0);
    server.on("connection", () => connections++);
    cleanups.push(() => server.closeAllConnections());
    cleanups.push(() => server.close());
    const io = createProviderIo(systemClock);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let i = 0; i < 8; i++) await (await io.fetch(url)).text();
    // The pool may open a second one while the first is still being handed back.
    expect(connections).toBeLessThanOrEqual(2);
  });
});
