/** The real program, real sockets, real processes. */
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { launch, type RunningPlatform, startPlatform, waitUntil } from "../testing/running-platform.ts";

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform({ SHUTDOWN_GRACE_MS: "2000" });
});
afterAll(() => platform.dispose());

/** Twilio's algorithm once more, so that the platform's own is not its judge. */
function sign(url: string, fields: Record<string, string>, token = platform.twilioToken): string {
  const text = Object.keys(fields)
    .sort()
    .reduce((sum, name) => sum + name + fields[name], url);
  return createHmac("sha1", token).update(text).digest("base64");
}

let nextSid = 0;
const newSid = () => `CA${String(++nextSid).padStart(32, "0")}`;

function postForm(path: string, fields: Record<string, string>, signature?: string) {
  const url = platform.url + path;
  const headers = { "x-twilio-signature": signature ?? sign(url, fields) };
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields) });
}

async function incoming(callSid = newSid()) {
  const answer = await postForm("/telephony/twilio/incoming", {
    CallSid: callSid,
    From: "+15551230000",
    To: "+15559990000",
    Empty: "",
  });
  const xml = await answer.text();
  return {
    callSid,
    status: answer.status,
    xml,
    streamUrl: /<Stream url="([^"]+)"/.exec(xml)?.[1] ?? "",
    token: /name="token" value="([^"]+)"/.exec(xml)?.[1] ?? "",
  };
}

interface Answer {
  items: { status: string; from: string; type: string }[];
  token: string;
  socketUrl: string;
  callId: string;
  reply: string;
  status: string;
  paths: Record<string, { post: { operationId: string } }>;
}
const read = async (answer: Response | Promise<Response>) => (await (await answer).json()) as Answer;

interface Phone {
  socket: WebSocket;
  events: { event: string; media?: { payload: string } }[];
  closed: Promise<number>;
}

function dial(streamUrl: string, token: string | undefined, callSid = "CA1"): Phone {
  const socket = new WebSocket(streamUrl, { perMessageDeflate: false });
  const events: Phone["events"] = [];
  socket.on("open", () => {
    socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const start = { streamSid: "MZ1", callSid, customParameters: token === undefined ? {} : { token } };
    socket.send(JSON.stringify({ event: "start", sequenceNumber: "1", start, streamSid: "MZ1" }));
  });
  socket.on("message", (data: Buffer) => events.push(JSON.parse(data.toString())));
  const closed = new Promise<number>((resolve) => {
    socket.once("close", resolve);
    socket.on("error", () => resolve(-1));
  });
  return { socket, events, closed };
}

const api = (path: string, init: RequestInit & { key?: string } = {}) =>
  fetch(platform.url + path, {
    ...init,
    headers: {
      authorization: `Bearer ${init.key ?? platform.apiKey}`,
      ...(init.body ? { "content-type": "application/json" } : {}),
      ...init.headers,
    },
  });
const post = (path: string, body: unknown) => api(path, { method: "POST", body: JSON.stringify(body) });
const metric = async (name: string) => {
  const line = (await (await fetch(`${platform.url}/metrics`)).text())
    .split("\n")
    .find((each) => each.startsWith(name));
  return Number(line?.split(" ").at(-1) ?? 0);
};
const mediaPids = () =>
  execFileSync("ps", ["--ppid", String(platform.pid), "-o", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("--role media"))
    .map((line) => Number(line.trim().split(" ")[0]));

describe("the webhook", () => {
  test("a signed call is connected with a one-time token, a wrong or missing signature is 403 and counted, without content in the log", async () => {
    const good = await incoming();
    expect(good.status).toBe(200);
    expect(good.xml).toContain("</Connect><Redirect");
    expect(good.streamUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/telephony\/twilio\/media\/[01]$/);
    const before = await metric("parley_refused_webhooks_total");
    const fields = { CallSid: newSid(), From: "+15557654321" };
    const wrong = await postForm("/telephony/twilio/incoming", fields, "AAAA");
    const missing = await fetch(`${platform.url}/telephony/twilio/incoming`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    expect([wrong.status, missing.status]).toEqual([403, 403]);
    expect(await wrong.json()).toMatchObject({ code: "bad_signature" });
    expect(await metric("parley_refused_webhooks_total")).toBe(before + 2);
    expect(platform.output()).not.toContain("5557654321");
  });

  test("a Host that is not this machine is refused without PUBLIC_URL, whatever it is signed with", async () => {
    const fields = { CallSid: newSid() };
    const { status, body } = await rawPost("evil.example", "/telephony/twilio/incoming", {
      "x-twilio-signature": sign("http://evil.example/telephony/twilio/incoming", fields),
      form: new URLSearchParams(fields).toString(),
    });
    expect(status).toBe(403);
    expect(body).toContain("PUBLIC_URL");
  });
});

/** fetch does not let a test choose the Host. */
async function rawPost(host: string, path: string, { form, ...headers }: Record<string, string>) {
  const { request } = await import("node:http");
  return await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const { port } = new URL(platform.url);
    const all = { host, "content-type": "application/x-www-form-urlencoded", ...headers };
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers: all }, (answer) => {
      let body = "";
      answer.on("data", (data) => void (body += data));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end(form ?? "");
  });
}

describe("the media socket", () => {
  test("a call with its token is answered with sound, listed and counted; its end is told to the carrier", async () => {
    const { streamUrl, token, callSid } = await incoming();
    const phone = dial(streamUrl, token, callSid);
    await waitUntil(() => phone.events.some((event) => event.event === "media"), 15_000);
    await waitUntil(
      async () => (await metric('parley_live_calls{media="0"}')) + (await metric('parley_live_calls{media="1"}')) === 1,
    );
    phone.socket.send('{"event":"stop","streamSid":"MZ1"}');
    await phone.closed;
    const resumed = await postForm("/telephony/twilio/connect-action", { CallSid: callSid });
    expect(await resumed.text()).toContain("<Response><Hangup/></Response>");
    await waitUntil(async () => {
      const { items } = await read(api(`/api/v1/calls?externalId=${callSid}`));
      return items.length === 1 && items[0]?.status !== "live" && items[0]?.from === "+15551230000";
    });
  }, 30_000);

  test("no, an unknown, a used or a foreign token closes the socket and is counted by reason", async () => {
    const { streamUrl, token } = await incoming();
    const first = dial(streamUrl, token);
    await waitUntil(() => first.events.length > 0, 15_000);
    for (const [bad, reason] of [
      [undefined, "missing-token"],
      ["nobody-made-this", "unknown-token"],
      [token, "used-token"],
    ] as const) {
      const phone = dial(streamUrl, bad);
      expect(await phone.closed).toBe(1000);
      expect(phone.events).toEqual([]);
      await waitUntil(async () => (await metric(`parley_refused_sockets_total{reason="${reason}"}`)) >= 1);
    }
    const browser = await read(post("/api/v1/calls", { channel: "web" }));
    const index = new URL(browser.socketUrl).searchParams.get("m");
    const foreign = dial(`${platform.url.replace("http", "ws")}/telephony/twilio/media/${index}`, browser.token);
    expect(await foreign.closed).toBe(1000);
    expect(foreign.events).toEqual([]);
    expect(platform.output()).not.toContain(token);
    first.socket.close();
  }, 30_000);

  test("a client that speaks the moment it is connected loses nothing, thirty times at once", async () => {
    const phones = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { streamUrl, token, callSid } = await incoming();
        return dial(streamUrl, token, callSid);
      }),
    );
    await waitUntil(() => phones.every((phone) => phone.events.length > 0), 20_000);
    for (const phone of phones) phone.socket.terminate();
  }, 40_000);

  test("a wrong signature on the upgrade, a foreign page and an unknown path are refused", async () => {
    const { streamUrl } = await incoming();
    const refusals = [
      new WebSocket(streamUrl, { headers: { "x-twilio-signature": "AAAA" } }),
      new WebSocket(`${platform.url.replace("http", "ws")}/api/v1/calls/call_x/audio`, {
        origin: "https://evil.example",
      }),
      new WebSocket(`${platform.url.replace("http", "ws")}/somewhere`),
    ];
    const codes = await Promise.all(
      refusals.map(
        (socket) => new Promise((resolve) => socket.on("error", (error) => resolve(/\d{3}/.exec(error.message)?.[0]))),
      ),
    );
    expect(codes).toEqual(["403", "403", "404"]);
  });
});

describe("the API", () => {
  test("without a key it is 401, and errors are problem documents with a code", async () => {
    const answer = await api("/api/v1/calls", { key: "wrong" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ code: "unauthorized", status: 401 });
    const bad = await post("/api/v1/calls", { channel: "fax" });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ code: "bad_request", errors: [{ field: "channel" }] });
    const huge = await post("/api/v1/calls", { channel: "x".repeat(300_000) });
    expect(huge.status).toBe(413);
    expect((await api("/api/v1/calls/call_none")).status).toBe(404);
    expect((await api("/api/v1/nothing")).status).toBe(404);
    expect((await api("/api/v1/calls?cursor=nonsense")).status).toBe(400);
    const doc = await read(fetch(`${platform.url}/api/v1/openapi.json`));
    expect(doc.paths["/api/v1/calls"]?.post.operationId).toBe("calls.start");
    expect(JSON.stringify(doc)).not.toContain("/healthz");
  });

  test("a page on this machine is signed in, one behind a proxy or of another origin is not", async () => {
    const signIn = (headers: Record<string, string> = {}) =>
      fetch(`${platform.url}/api/v1/auth/demo`, { method: "POST", headers });
    const answer = await signIn({ origin: platform.url });
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(answer.status).toBe(200);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const withCookie = (more: Record<string, string> = {}) =>
      fetch(`${platform.url}/api/v1/system`, { headers: { cookie: cookie.split(";")[0] ?? "", ...more } });
    expect((await withCookie()).status).toBe(200);
    expect((await withCookie({ origin: "https://evil.example" })).status).toBe(403);
    const forged = (cookie.split(";")[0] ?? "").replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    expect((await fetch(`${platform.url}/api/v1/system`, { headers: { cookie: forged } })).status).toBe(401);
    expect((await signIn({ "x-forwarded-for": "10.0.0.1" })).status).toBe(403);
    expect((await signIn({ origin: "https://evil.example" })).status).toBe(403);
  });

  test("a call by text over HTTP: greeting, reply, events in order, hang-up", async () => {
    const { callId } = await read(post("/api/v1/calls", { channel: "text" }));
    const greeting = await read(post(`/api/v1/calls/${callId}/messages`, { text: "" }));
    expect(greeting.reply).toContain("Bright Smile");
    const answer = await read(post(`/api/v1/calls/${callId}/messages`, { text: "What are your opening hours?" }));
    expect(answer.reply).toMatch(/9|nine/i);
    expect((await post(`/api/v1/calls/${callId}/control`, { action: "hang-up" })).status).toBe(202);
    await waitUntil(async () => (await read(api(`/api/v1/calls/${callId}`))).status === "completed");
    const { items } = await read(api(`/api/v1/calls/${callId}/events`));
    const types = items.map((event: { type: string }) => event.type);
    expect(types[0]).toBe("call-started");
    expect(types.at(-1)).toBe("call-ended");
    expect(types).toContain("turn-committed");
    expect((await post(`/api/v1/calls/${callId}/messages`, { text: "hello?" })).status).toBe(404);
  }, 30_000);

  test("the browser's socket: ready, typed words, an answer as events; a bad first message closes it", async () => {
    const { socketUrl, token } = await read(post("/api/v1/calls", { channel: "text", language: "ar-EG" }));
    const socket = new WebSocket(socketUrl, { origin: platform.url });
    const messages: { type: string; event?: { type: string } }[] = [];
    socket.on("open", () => socket.send(JSON.stringify({ type: "start", token, microphone: false })));
    socket.on("message", (data: Buffer, isBinary) => isBinary || messages.push(JSON.parse(data.toString())));
    await waitUntil(() => messages.some((message) => message.event?.type === "reply-finished"), 15_000);
    expect(messages[0]).toMatchObject({ type: "ready", language: "ar-EG", voice: false, recogniser: "none" });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send('{"type":"hang-up"}');
    expect(await closed).toBe(1000);
    const bad = new WebSocket(socketUrl);
    bad.on("open", () => bad.send("hello"));
    expect(await new Promise((resolve) => bad.once("close", resolve))).toBe(1008);
  }, 30_000);
});

describe("processes", () => {
  test("a killed media process takes only its own calls, is started again, and the carrier hears a sentence", async () => {
    const byProcess = new Map<string, Awaited<ReturnType<typeof incoming>>>();
    while (byProcess.size < 2) {
      const call = await incoming();
      byProcess.set(call.streamUrl.slice(-1), call);
    }
    const calls = [...byProcess.values()];
    const phones = calls.map((call) => dial(call.streamUrl, call.token, call.callSid));
    await waitUntil(() => phones.every((phone) => phone.events.length > 0), 15_000);
    const [victim = 0] = mediaPids();
    process.kill(victim, "SIGKILL");
    await Promise.race(phones.map((phone) => phone.closed));
    const dead = phones.findIndex((phone) => phone.socket.readyState >= WebSocket.CLOSING);
    expect(phones[1 - dead]?.socket.readyState).toBe(WebSocket.OPEN);
    const resumed = await postForm("/telephony/twilio/resume", { CallSid: calls[dead]?.callSid ?? "" });
    expect(await resumed.text()).toContain("<Say");
    await waitUntil(() => mediaPids().length === 2 && !mediaPids().includes(victim));
    phones[1 - dead]?.socket.terminate();
    const again = await Promise.all([incoming(), incoming()]);
    const back = again.map((call) => dial(call.streamUrl, call.token, call.callSid));
    await waitUntil(() => back.every((phone) => phone.events.length > 0), 15_000);
    for (const phone of back) phone.socket.terminate();
  }, 60_000);

  test("a port in use, a bad setting, an unreachable database: one line with setting and mend, exit 1", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const attempts = [
      [{ PORT: String(port) }, /PORT \d+ is already in use\. Set PORT/],
      [{ PORT: "http" }, /PORT must be a port number/],
      [
        { DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x", MASTER_KEY: "A".repeat(43) + "=" },
        /DATABASE_URL cannot be used: nothing listens there/,
      ],
    ] as const;
    for (const [env, line] of attempts) {
      const { exited, output } = launch(env);
      expect(await exited).toBe(1);
      expect(output()).toMatch(line);
      expect(output()).not.toContain("hunter2");
      expect(
        output()
          .split("\n")
          .filter((each) => each.includes("cannot start")).length,
      ).toBe(1);
    }
    taken.close();
  }, 30_000);

  test("draining: not ready, no new calls, live ones hear a goodbye, then everything is gone", async () => {
    const { streamUrl, token, callSid } = await incoming();
    const phone = dial(streamUrl, token, callSid);
    await waitUntil(() => phone.events.length > 0, 15_000);
    const pids = mediaPids();
    platform.signal("SIGINT");
    await waitUntil(async () => (await fetch(`${platform.url}/readyz`)).status === 503);
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(200);
    expect((await incoming()).xml).toContain("<Say");
    expect((await post("/api/v1/calls", { channel: "text" })).status).toBe(503);
    expect(await platform.exited).toBe(0);
    expect(await phone.closed).toBe(1000);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  }, 40_000);
});
