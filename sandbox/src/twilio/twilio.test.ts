import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import twilio from "twilio";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { until } from "../control/until.ts";
import { type Caller, silentFrame, startTwilio, type TwilioOptions, type TwilioStandIn } from "./index.ts";

const accountSid = `AC${"0123456789abcdef".repeat(2)}`;
const authToken = "12345";

interface Platform {
  readonly url: string;
  readonly requests: { path: string; fields: Record<string, string>; valid: boolean }[];
  readonly upgrades: { agent: string; valid: boolean }[];
  readonly received: Record<string, unknown>[];
  socket: WebSocket | undefined;
  /** Answer of each path; a function sees the fields. */
  answers: Record<string, string>;
  contentType: string;
  onMessage: (message: { event: string; streamSid?: string }, socket: WebSocket) => void;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** A platform written from the protocol, with Twilio's own validator at its door. */
async function startPlatform(answers: Record<string, string>): Promise<Platform> {
  const platform: Platform = {
    url: "",
    requests: [],
    upgrades: [],
    received: [],
    socket: undefined,
    answers,
    contentType: "text/xml",
    onMessage: () => {},
  } as Platform;
  const server: Server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const fields = Object.fromEntries(new URLSearchParams(body));
      const path = request.url ?? "";
      const signature = String(request.headers["x-twilio-signature"]);
      const valid = twilio.validateRequest(authToken, signature, platform.url + path, fields);
      platform.requests.push({ path, fields, valid });
      const answer = platform.answers[path];
      response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": platform.contentType });
      response.end(answer?.replaceAll("ws://HOST", platform.url.replace("http", "ws")));
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket, request) => {
    platform.socket = socket;
    const signature = String(request.headers["x-twilio-signature"]);
    const url = platform.url.replace("http", "ws") + request.url;
    platform.upgrades.push({
      agent: String(request.headers["user-agent"]),
      valid: twilio.validateRequest(authToken, signature, url, {}),
    });
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8"));
      platform.received.push(message);
      platform.onMessage(message, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  (platform as { url: string }).url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closers.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return platform;
}

async function start(options: Partial<TwilioOptions> = {}): Promise<TwilioStandIn> {
  const standIn = await startTwilio({ accountSid, authToken, allowInsecureStreams: true, ...options });
  closers.push(() => standIn.close());
  return standIn;
}

const connect = (rest = "") =>
  `<Response><Connect><Stream url="ws://HOST/media"><Parameter name="token" value="t1"/></Stream></Connect>${rest}</Response>`;

const media = (streamSid: string, bytes: number, fill = 0x10) =>
  JSON.stringify({ event: "media", streamSid, media: { payload: Buffer.alloc(bytes, fill).toString("base64") } });
const mark = (streamSid: string, name: string) => JSON.stringify({ event: "mark", streamSid, mark: { name } });

function listeningCaller() {
  const heard: { playedBytes: number; first: number }[] = [];
  const caller: Caller = {
    nextFrame: () => silentFrame,
    hear: (frame) => heard.push({ playedBytes: frame.playedBytes, first: frame.bytes[0] ?? 0 }),
  };
  return { caller, playedBytes: () => heard.reduce((sum, frame) => sum + frame.playedBytes, 0) };
}

describe("a call", () => {
  test("signs the webhook and the upgrade, streams frames in order, and reports the end", async () => {
    const platform = await startPlatform({ "/incoming": connect(), "/status": "<Response/>" });
    const standIn = await start();
    const call = standIn.placeCall({
      webhookUrl: `${platform.url}/incoming`,
      statusCallbackUrl: `${platform.url}/status`,
    });
    await until(() => platform.received.length >= 12, "ten frames");
    expect(call.status).toBe("in-progress");
    call.hangUp();
    await call.ended;
    await until(() => platform.received.at(-1)?.["event"] === "stop", "stop");

    expect(platform.requests.map(({ path, valid }) => [path, valid])).toEqual([
      ["/incoming", true],
      ["/status", true],
    ]);
    expect(platform.requests[0]?.fields).toMatchObject({ CallStatus: "ringing", Direction: "inbound", FromCity: "" });
    expect(platform.requests[1]?.fields).toMatchObject({ CallStatus: "completed", CallDuration: "0" });
    expect(platform.upgrades).toEqual([{ agent: "Twilio.TmeWs/1.0", valid: true }]);
    const [connected, started, first, second] = platform.received;
    expect(connected).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" });
    expect(started).toMatchObject({
      event: "start",
      sequenceNumber: "1",
      start: {
        callSid: call.sid,
        customParameters: { token: "t1" },
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
      },
    });
    expect(first).toMatchObject({ sequenceNumber: "2", media: { track: "inbound", chunk: "1", timestamp: "20" } });
    expect(second).toMatchObject({ sequenceNumber: "3", media: { chunk: "2", timestamp: "40" } });
    expect(call.hungUpBy).toBe("caller");
    expect(call.streams[0]?.closeCode ?? 1000).toBe(1000);
  });

  test("plays audio at 8000 bytes a second and returns a mark when the audio before it was heard", async () => {
    const platform = await startPlatform({ "/incoming": connect() });
    const standIn = await start();
    const { caller, playedBytes } = listeningCaller();
    let playedAtMark = -1;
    platform.onMessage = (message, socket) => {
      if (message.event === "start") {
        const sid = message.streamSid ?? "";
        socket.send(mark(sid, "before"));
        socket.send(media(sid, 1600));
        socket.send(mark(sid, "after"));
      }
      if (message.event === "mark" && (message as { mark?: { name: string } }).mark?.name === "after") {
        playedAtMark = playedBytes();
      }
    };
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming`, caller });
    await until(() => playedAtMark >= 0, "the mark");
    expect(playedAtMark).toBe(1600);
    const [before, after] = call.streams[0]?.marks ?? [];
    expect((before?.returnedAtMs ?? 0) - (before?.askedAtMs ?? 0)).toBeLessThan(15);
    expect((after?.returnedAtMs ?? 0) - (after?.askedAtMs ?? 0)).toBeGreaterThanOrEqual(195);
  });

  test("clear drops the audio and returns every pending mark in order", async () => {
    const platform = await startPlatform({ "/incoming": connect() });
    const standIn = await start();
    const { caller, playedBytes } = listeningCaller();
    platform.onMessage = (message, socket) => {
      if (message.event !== "start") return;
      const sid = message.streamSid ?? "";
      for (const name of ["a", "b", "c"]) {
        socket.send(media(sid, 8000));
        socket.send(mark(sid, name));
      }
      setTimeout(() => socket.send(JSON.stringify({ event: "clear", streamSid: sid })), 100);
    };
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming`, caller });
    const marks = () => platform.received.filter((message) => message["event"] === "mark");
    await until(() => marks().length >= 3, "three marks");
    expect(call.streams[0]?.clears[0]?.droppedBytes).toBe(24_000 - playedBytes());
    expect(playedBytes()).toBeLessThan(3200);
    expect(marks().map((message) => message["mark"])).toEqual([{ name: "a" }, { name: "b" }, { name: "c" }]);
  });

  test("keys arrive as dtmf; messages Twilio does not take are error 31924", async () => {
    const platform = await startPlatform({ "/incoming": connect() });
    const standIn = await start();
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming` });
    await until(() => platform.socket !== undefined && platform.received.length > 2, "the stream");
    const { streamSid } = call.streams[0] ?? { streamSid: "" };
    call.press("5");
    platform.socket?.send("not json");
    platform.socket?.send(JSON.stringify({ event: "hangup", streamSid }));
    platform.socket?.send(JSON.stringify({ event: "clear", streamSid: "MZother" }));
    platform.socket?.send(JSON.stringify({ event: "media", streamSid, media: { payload: "###" } }));
    platform.socket?.send(Buffer.from([1, 2, 3]));
    await until(() => call.alerts.length >= 5, "five alerts");
    expect(call.alerts.map((alert) => alert.code)).toEqual([31924, 31924, 31924, 31924, 31924]);
    const dtmf = platform.received.find((message) => message["event"] === "dtmf");
    expect(dtmf).toMatchObject({ dtmf: { track: "inbound_track", digit: "5" } });
  });

  test("more than ten minutes of audio is discarded, once", async () => {
    const platform = await startPlatform({ "/incoming": connect() });
    const standIn = await start();
    platform.onMessage = (message, socket) => {
      if (message.event !== "start") return;
      for (let part = 0; part < 13; part += 1) socket.send(media(message.streamSid ?? "", 400_000));
    };
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming` });
    await until(() => call.streams[0]?.mediaMessages === 13, "all messages");
    expect(call.alerts.map((alert) => alert.code)).toEqual([31931]);
  });

  test("goes on after </Connect> when the platform closes the socket, gathers digits, and hangs up at the end", async () => {
    const gather = `<Gather numDigits="2" action="/menu" timeout="4"><Say>Press two keys</Say></Gather>`;
    const platform = await startPlatform({
      "/incoming": connect(gather),
      "/menu": `<Response><Redirect>/last</Redirect></Response>`,
      "/last": `<Response><Say>Bye</Say></Response>`,
    });
    platform.onMessage = (message, socket) => {
      if (message.event === "media") socket.close(1000);
    };
    const standIn = await start({ speak: () => Promise.resolve(new Uint8Array(800).fill(0x10)) });
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming` });
    await until(() => call.said.length === 1, "the prompt");
    call.press("4");
    call.press("2");
    call.press("9");
    await call.ended;
    expect(platform.requests.map((request) => request.path)).toEqual(["/incoming", "/menu", "/last"]);
    expect(platform.requests[1]?.fields).toMatchObject({ Digits: "42", CallStatus: "in-progress" });
    expect(call.said).toEqual(["Press two keys", "Bye"]);
    expect([call.hungUpBy, call.status, call.alerts]).toEqual(["platform", "completed", []]);
  });

  test.each([
    ["not TwiML", "hello", 12100],
    ["an unknown verb", "<Response><Sing/></Response>", 12100],
    ["a scheme other than wss", `<Response><Connect><Stream url="https://x/y"/></Connect></Response>`, 31922],
    ["a query string", `<Response><Connect><Stream url="wss://x/y?token=1"/></Connect></Response>`, 31923],
    [
      "a long parameter",
      `<Response><Connect><Stream url="wss://x/y"><Parameter name="a" value="${"v".repeat(499)}"/></Stream></Connect></Response>`,
      12100,
    ],
    ["a bad number", "<Response><Dial>nobody</Dial></Response>", 13224],
  ])("refuses %s", async (_what, twiml, code) => {
    const platform = await startPlatform({ "/incoming": twiml });
    const call = (await start()).placeCall({ webhookUrl: `${platform.url}/incoming` });
    await call.ended;
    expect(call.alerts.map((alert) => alert.code)).toEqual([code]);
    expect(call.status).toBe("failed");
  });

  test("refuses ws:// unless told, a JSON answer, an error status and a closed port", async () => {
    const platform = await startPlatform({ "/incoming": connect() });
    const strict = await start({ allowInsecureStreams: false });
    const refused = await strict.placeCall({ webhookUrl: `${platform.url}/incoming` }).ended;
    expect(refused.alerts[0]?.code).toBe(31922);
    const missing = await strict.placeCall({ webhookUrl: `${platform.url}/nowhere` }).ended;
    expect(missing.alerts[0]?.code).toBe(11200);
    platform.contentType = "application/json";
    const json = await strict.placeCall({ webhookUrl: `${platform.url}/incoming` }).ended;
    expect(json.alerts[0]?.code).toBe(12300);
    const dead = await strict.placeCall({ webhookUrl: "http://127.0.0.1:9/incoming" }).ended;
    expect(dead.alerts[0]?.code).toBe(11205);
  });

  test("a wrong signature is one the SDK's validator refuses", async () => {
    const platform = await startPlatform({ "/incoming": "<Response><Hangup/></Response>" });
    const standIn = await start();
    standIn.setFaults({ wrongSignature: true });
    await standIn.placeCall({ webhookUrl: `${platform.url}/incoming` }).ended;
    expect(platform.requests[0]?.valid).toBe(false);
  });
});

describe("REST, driven by Twilio's SDK", () => {
  function client(standIn: TwilioStandIn, token = authToken) {
    const sdk = twilio(accountSid, token);
    sdk.api.baseUrl = standIn.url;
    return sdk;
  }

  test("an outbound call: created, answered, redirected, ended", async () => {
    const platform = await startPlatform({ "/status": "<Response/>", "/stream": connect() });
    const standIn = await start();
    const sdk = client(standIn);
    const created = await sdk.calls.create({
      to: "+15551112222",
      from: "+15550100001",
      url: `${platform.url}/stream`,
      statusCallback: `${platform.url}/status`,
      statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
    });
    expect(created.status).toBe("queued");
    await until(() => platform.received.length > 3, "the stream");
    expect((await sdk.calls(created.sid).fetch()).status).toBe("in-progress");
    await sdk
      .calls(created.sid)
      .update({ twiml: "<Response><Say>One moment</Say><Dial>+15557778888</Dial></Response>" });
    const call = standIn.calls.get(created.sid);
    await call?.ended;
    expect(call?.said).toEqual(["One moment"]);
    expect(call?.dialed).toEqual(["+15557778888"]);
    expect(platform.received.at(-1)?.["event"]).toBe("stop");
    const statuses = platform.requests
      .filter(({ path }) => path === "/status")
      .map(({ fields }) => fields["CallStatus"]);
    expect(statuses).toEqual(["initiated", "ringing", "in-progress", "completed"]);
    await expect(sdk.calls(created.sid).update({ status: "completed" })).rejects.toMatchObject({
      code: 20404,
      status: 404,
    });
  });

  test("Status=completed hangs up a live stream", async () => {
    const platform = await startPlatform({ "/incoming": connect("<Say>never</Say>") });
    const standIn = await start();
    const call = standIn.placeCall({ webhookUrl: `${platform.url}/incoming` });
    await until(() => platform.received.length > 3, "the stream");
    await client(standIn).calls(call.sid).update({ status: "completed" });
    await call.ended;
    expect([call.hungUpBy, call.said]).toEqual(["platform", []]);
  });

  test("busy, and what Twilio refuses", async () => {
    const standIn = await start({ onOutboundCall: () => ({ kind: "busy", ringMs: 1 }) });
    const sdk = client(standIn);
    const order = { to: "+15551112222", from: "+15550100001", twiml: "<Response/>" };
    const { sid } = await sdk.calls.create(order);
    await standIn.calls.get(sid)?.ended;
    expect((await sdk.calls(sid).fetch()).status).toBe("busy");
    await expect(sdk.calls.create({ ...order, to: "12" })).rejects.toMatchObject({ code: 21211, status: 400 });
    await expect(sdk.calls.create({ ...order, from: "+15550109999" })).rejects.toMatchObject({ code: 21210 });
    await expect(client(standIn, "wrong").calls.create(order)).rejects.toMatchObject({ code: 20003, status: 401 });
    standIn.setFaults({ restError: { status: 429, code: 20429, message: "Too Many Requests" } });
    await expect(sdk.calls.create(order)).rejects.toMatchObject({ code: 20429, status: 429 });
  });

  test("messages and numbers", async () => {
    const standIn = await start();
    const sdk = client(standIn);
    const sent = await sdk.messages.create({ to: "+15551112222", from: "+15550100001", body: "موعدك غدا" });
    expect(sent.status).toBe("queued");
    expect(standIn.messages.get(sent.sid)?.body).toBe("موعدك غدا");
    await expect(sdk.messages.create({ to: "+15551112222", from: "+15550100001", body: "" })).rejects.toMatchObject({
      code: 21602,
    });
    const [number] = await sdk.incomingPhoneNumbers.list({ limit: 5 });
    expect(number?.phoneNumber).toBe("+15550100001");
    await sdk.incomingPhoneNumbers(number?.sid ?? "").update({ voiceUrl: "http://127.0.0.1:9/incoming" });
    const call = await standIn.placeCall({}).ended;
    expect(call.alerts[0]?.code).toBe(11205);
  });
});
