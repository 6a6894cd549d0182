import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { fetchOver } from "./fetch-over.ts";
import { createGuardedOpen, OutboundError } from "./guarded-fetch.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const rules = { allowPrivate: false, allowLoopback: true };
const limits = { timeoutMs: 5000, maxBytes: 1000 };
const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "none",
    (error: unknown) => (error instanceof OutboundError ? error.failure : String(error)),
  );

describe("an answer that comes in pieces", () => {
  test("is read as it comes, before it has ended", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("first");
    });
    const response = await fetchOver(createGuardedOpen(rules), limits)(url);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
    await reader?.cancel();
  });

  test("that never ends is ended: by its size, by the time, by whoever asked", async () => {
    const flood = await serve((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more);
      more();
    });
    const silent = await serve((_request, response) => void response.writeHead(200).write("a"));
    const read = (url: string, more: object = {}, init: RequestInit = {}) =>
      fetchOver(createGuardedOpen(rules), { ...limits, ...more })(url, init).then((response) => response.text());
    expect(await failureOf(read(flood))).toBe("too-large");
    expect(await failureOf(read(silent, { timeoutMs: 50 }))).toBe("timeout");
    expect(await failureOf(read(silent, {}, { signal: AbortSignal.timeout(50) }))).toMatch(/TimeoutError/);
  });

  test("is not asked for at a private address, nor by a redirect to one", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(307, { location: "http://10.0.0.1/" }).end();
    });
    const ask = fetchOver(createGuardedOpen(rules), limits);
    expect(await failureOf(ask("http://10.0.0.1/"))).toBe("address-not-allowed");
    expect(await failureOf(ask(url, { method: "POST", body: "x" }))).toBe("address-not-allowed");
    const closed = fetchOver(createGuardedOpen({ allowPrivate: false, allowLoopback: false }), limits);
    expect(await failureOf(closed(url))).toBe("address-not-allowed");
  });
});
