import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { startReceiver } from "../../testing/webhook-receiver.ts";
import { postEvent, signatureOf } from "./post-event.ts";

const local = { allowPrivate: false, allowLoopback: true };
const strict = { allowPrivate: false, allowLoopback: false };
const event = {
  body: JSON.stringify({ id: "evt_1", type: "call.ended", data: {} }),
  secrets: ["whsec_a"],
  atSeconds: 1_700_000_000,
  signal: new AbortController().signal,
};

/** A server that speaks as it is told, byte for byte. */
async function startSpeaker(speak: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

test("whoever takes the connection and does not answer in full in time has not taken the event", async () => {
  await using silent = await startSpeaker(() => {});
  await using trickling = await startSpeaker((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    const timer = setInterval(() => socket.write("."), 20);
    socket.on("close", () => clearInterval(timer));
  });
  await using cut = await startSpeaker((socket) => void socket.once("data", () => socket.destroy()));
  await using nonsense = await startSpeaker((socket) => void socket.once("data", () => socket.end("hello\r\n\r\n")));
  const post = (port: number) => postEvent({ ...event, url: `http://127.0.0.1:${port}/`, timeoutMs: 300 }, local);
  for (const { port } of [silent, trickling])
    expect(await post(port)).toEqual({ ok: false, statusCode: null, failure: "timeout", response: null });
  expect(await post(cut.port)).toMatchObject({ ok: false, failure: "ECONNRESET" });
  expect(await post(nonsense.port)).toMatchObject({ ok: false, failure: expect.stringMatching(/^HPE_/) });
  expect(await post(1)).toMatchObject({ ok: false, failure: "ECONNREFUSED" });
});

test("an answer has ten seconds when nothing else is told", async () => {
  await using silent = await startSpeaker(() => {});
  const startedMs = systemClock.now();
  const outcome = await postEvent({ ...event, url: `http://127.0.0.1:${silent.port}/` }, local);
  const tookMs = systemClock.now() - startedMs;
  expect(outcome.failure).toBe("timeout");
  expect(tookMs).toBeGreaterThan(9900);
  expect(tookMs).toBeLessThan(13_000);
}, 20_000);

test("a name that leads into the network is refused before a connection is made, however it is spelled", async () => {
  await using speaker = await startSpeaker(() => {});
  const names = ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"];
  for (const name of names) {
    const outcome = await postEvent({ ...event, url: `http://${name}:${speaker.port}/`, timeoutMs: 2000 }, strict);
    expect(outcome, name).toMatchObject({ ok: false, failure: "address-not-allowed" });
  }
  expect(speaker.connections()).toBe(0);
});

test("a name that changes its address is asked once for each connection, and the connection goes to the answer that was looked at", async () => {
  await using receiver = await startReceiver();
  const { port } = new URL(receiver.url);
  const url = `http://rebinding.example:${port}/hook`;
  const answers = [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], []];
  let asked = 0;
  const post = () =>
    postEvent({ ...event, url, timeoutMs: 2000 }, local, (_name, _options, answer) => {
      const addresses = answers[asked++] ?? ["10.0.0.1"];
      answer(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    });
  expect(await post()).toMatchObject({ ok: true, statusCode: 200, response: "noted" });
  expect(asked).toBe(1);
  for (let again = 0; again < 3; again++)
    expect(await post()).toMatchObject({ ok: false, failure: "address-not-allowed" });
  expect(asked).toBe(4);
  expect(receiver.received).toHaveLength(1);
});

test("the check that the guide shows takes our signatures, of both secrets, and nothing else", async () => {
  const guide = readFileSync(new URL("../../../../docs/webhooks.md", import.meta.url), "utf8");
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
  const module: unknown = await import(
    `data:text/javascript,${encodeURIComponent(`${code}\nexport { isFromParley };`)}`
  );
  type Check = (...given: [header: string, body: string, secret: string, nowSeconds?: number]) => boolean;
  const { isFromParley } = module as { isFromParley: Check };
  const { body, atSeconds } = event;
  const header = signatureOf({ ...event, secrets: ["whsec_new", "whsec_former"] });
  for (const secret of ["whsec_new", "whsec_former"])
    expect(isFromParley(header, body, secret, atSeconds + 5)).toBe(true);
  expect(isFromParley(header, body, "whsec_other", atSeconds)).toBe(false);
  expect(isFromParley(header, `${body} `, "whsec_new", atSeconds)).toBe(false);
  expect(isFromParley(header, body, "whsec_new", atSeconds + 301)).toBe(false);
  for (const broken of ["", "t=1", header.replace(/t=\d+/, "t=x"), header.replace(/[0-9a-f]{4}(,|$)/g, "0000$1")])
    expect(isFromParley(broken, body, "whsec_new", atSeconds)).toBe(false);
});
