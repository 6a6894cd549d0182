/** A call watched and steered from beside it, through the real program: server-sent events, WebSocket, operator's commands. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CallEvent } from "@parley/contract/call-event";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { childrenOf } from "./child-processes.ts";
import { type Platform, startPlatform } from "./platform.ts";

const minute = 60_000;
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ MEDIA_PROCESSES: "2" });
}, minute);
afterAll(() => platform?.stop(), minute);

const asking = (init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { authorization: `Bearer ${platform.apiKey}`, "content-type": "application/json", ...init.headers },
});
const ask = (path: string, init?: RequestInit) => fetch(`${platform.url}/api/v1${path}`, asking(init));
const post = (path: string, body: unknown) => ask(path, { method: "POST", body: JSON.stringify(body) });
const control = (callId: string, body: unknown) => post(`/calls/${callId}/control`, body);

async function startTextCall(): Promise<string> {
  const answer = await post("/calls", { channel: "text" });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { callId: string }).callId;
}
const say = async (callId: string, text: string) => {
  const answer = await post(`/calls/${callId}/messages`, { text });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { reply: string; ended: boolean };
};
async function storedEvents(callId: string): Promise<CallEvent[]> {
  const answer = await ask(`/calls/${callId}/events?limit=1000`);
  return ((await answer.json()) as { items: CallEvent[] }).items;
}

interface Watching {
  readonly events: CallEvent[];
  readonly ended: Promise<string>;
  stop(): void;
}

/** Reads the stream by hand: what `EventSource` does, with a key. */
async function watchBySse(callId: string, headers: Record<string, string> = {}, query = ""): Promise<Watching> {
  const gone = new AbortController();
  const answer = await ask(`/calls/${callId}/events/stream${query}`, { headers, signal: gone.signal });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const events: CallEvent[] = [];
  const read = async (): Promise<string> => {
    let text = "";
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = new Map(
          block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]),
        );
        const data = fields.get("data");
        if (data === undefined) continue;
        if (fields.get("event") === "end") return (JSON.parse(data) as { reason: string }).reason;
        const event = JSON.parse(data) as CallEvent;
        expect(fields.get("id")).toBe(String(event.seq));
        events.push(event);
      }
    }
    return "closed without an end";
  };
  const ended = read().catch((error: unknown) => (gone.signal.aborted ? "stopped" : String(error)));
  return { events, ended, stop: () => gone.abort() };
}

function watchBySocket(url: string, options: { headers?: Record<string, string> } = {}) {
  const events: CallEvent[] = [];
  const socket = new WebSocket(url.replace(/^http/, "ws"), options);
  const ended = new Promise<string>((resolve) => {
    socket.on("message", (data) => {
      const message = JSON.parse((data as Buffer).toString("utf8")) as {
        type: string;
        event: CallEvent;
        reason: string;
      };
      if (message.type === "event") events.push(message.event);
      else resolve(message.reason);
    });
    socket.on("unexpected-response", (_request, response) => resolve(`refused ${response.statusCode}`));
    socket.on("error", () => resolve("error"));
    socket.on("close", () => resolve("closed"));
  });
  return { events, ended, socket };
}

async function until(check: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endAt = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > endAt) throw new Error("It did not happen in time.");
    await sleep(20);
  }
}
const types = (events: readonly CallEvent[]) => events.map((event) => event.type);
/** Interim transcripts are told live and not kept. */
const kept = (events: readonly CallEvent[]) => events.filter((event) => event.type !== "transcript-interim");

describe("watching", () => {
  test("begins before the call, has every event once and in order, and ends with it", { timeout: minute }, async () => {
    const callId = await startTextCall();
    const early = await watchBySse(callId);
    await say(callId, "Hello");
    const late = await watchBySse(callId);
    const bySocket = watchBySocket(`${platform.url}/api/v1/calls/${callId}/live`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    });
    await say(callId, "What time do you open on Monday?");
    await until(() => types(late.events).includes("turn-committed"));
    expect((await control(callId, { action: "hang-up" })).status).toBe(202);
    expect(await early.ended).toBe("operator");
    expect(await late.ended).toBe("operator");
    expect(await bySocket.ended).toBe("operator");
    await until(async () => types(await storedEvents(callId)).includes("call-ended"));
    const stored = await storedEvents(callId);
    for (const watched of [early.events, late.events, bySocket.events]) expect(kept(watched)).toEqual(stored);
  });

  test("goes on where it stopped: nothing twice, nothing lost", { timeout: minute }, async () => {
    const callId = await startTextCall();
    await say(callId, "");
    const first = await watchBySse(callId);
    await say(callId, "Where are you?");
    await until(() => types(first.events).filter((type) => type === "reply-finished").length >= 2);
    first.stop();
    expect(await first.ended).toBe("stopped");
    const seen = [...first.events];
    await say(callId, "What does a cleaning cost?");
    const second = await watchBySse(callId, { "last-event-id": String(seen.at(-1)!.seq) });
    await say(callId, "Thank you");
    await control(callId, { action: "hang-up" });
    expect(await second.ended).toBe("operator");
    await until(async () => types(await storedEvents(callId)).includes("call-ended"));
    expect(kept([...seen, ...second.events])).toEqual(await storedEvents(callId));
    const third = await watchBySse(callId, {}, `?after=${second.events.at(-1)!.seq - 1}`);
    expect(await third.ended).toBe("operator");
    expect(types(third.events)).toEqual(["call-ended"]);
  });

  test("calls in progress are listed, and no longer when they are over", { timeout: minute }, async () => {
    const callId = await startTextCall();
    await say(callId, "");
    const live = async () => ((await (await ask("/calls/live")).json()) as { items: { id: string }[] }).items;
    await until(async () => (await live()).some((call) => call.id === callId));
    expect((await live()).find((call) => call.id === callId)).toMatchObject({ channel: "text", status: "live" });
    await control(callId, { action: "hang-up" });
    await until(async () => !(await live()).some((call) => call.id === callId));
  });

  test("a media process that dies ends the stream with the reason", { timeout: minute }, async () => {
    const callId = await startTextCall();
    await say(callId, "Hello");
    const watching = await watchBySse(callId);
    await until(() => watching.events.length > 0);
    const victims = childrenOf(platform.pid, "media");
    expect(victims.length).toBeGreaterThan(0);
    for (const pid of victims) process.kill(pid, "SIGKILL");
    expect(await watching.ended).toBe("connection-lost");
    await until(async () => (await post("/calls", { channel: "text" })).status === 201, 20_000);
  });
});

describe("an operator", () => {
  test("speaks as the agent, whispers to the model, and cannot transfer what is no phone call", {
    timeout: minute,
  }, async () => {
    const callId = await startTextCall();
    await say(callId, "");
    const watching = await watchBySse(callId);
    expect((await control(callId, { action: "say", text: "The doctor is back at four." })).status).toBe(202);
    await until(() =>
      watching.events.some((event) => event.type === "reply-finished" && event.phrase === "operator-say"),
    );
    expect((await control(callId, { action: "whisper", text: "Be brief." })).status).toBe(202);
    await until(() => types(watching.events).includes("operator-whisper"));
    const transfer = await control(callId, { action: "transfer", to: "+15550100" });
    expect(transfer.status).toBe(409);
    expect(JSON.stringify(await transfer.json())).toContain("Only a phone call");
    expect((await control(callId, { action: "transfer", to: "0100" })).status).toBe(400);
    expect((await control(callId, { action: "dance" })).status).toBe(400);
    const { reply } = await say(callId, "Where are you?");
    expect(reply).toContain("The doctor is back at four.");
    expect(reply).not.toContain("brief");
    await control(callId, { action: "hang-up" });
    await watching.ended;
    expect((await control(callId, { action: "hang-up" })).status).toBe(404);
  });
});

describe("who may watch", () => {
  test("nobody without a key, no foreign page, and a token once", { timeout: minute }, async () => {
    const callId = await startTextCall();
    await say(callId, "");
    const url = `${platform.url}/api/v1/calls/${callId}`;
    expect((await fetch(`${url}/events/stream`)).status).toBe(401);
    expect(await watchBySocket(`${url}/live`).ended).toBe("refused 401");
    expect((await ask("/calls/call_nobody/events/stream")).status).toBe(404);
    const headers = { authorization: `Bearer ${platform.apiKey}` };
    expect(await watchBySocket(`${platform.url}/api/v1/calls/call_nobody/live`, { headers }).ended).toBe("refused 404");
    const issued = await post(`/calls/${callId}/live-tokens`, {});
    expect(issued.status).toBe(201);
    const { socketUrl } = (await issued.json()) as { socketUrl: string };
    const page = watchBySocket(socketUrl);
    await until(() => page.events.length > 0);
    expect(await watchBySocket(socketUrl).ended).toBe("refused 401");
    const other = await startTextCall();
    const again = (await (await post(`/calls/${callId}/live-tokens`, {})).json()) as { token: string };
    const foreign = `${platform.url}/api/v1/calls/${other}/live?token=${again.token}`;
    expect(await watchBySocket(foreign).ended).toBe("refused 401");
    const session = await fetch(`${platform.url}/api/v1/auth/demo`, { method: "POST" });
    const cookie = session.headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    if (session.ok) {
      const evil = { cookie, origin: "https://evil.example" };
      expect(await watchBySocket(`${url}/live`, { headers: evil }).ended).toBe("refused 403");
      const own = watchBySocket(`${url}/live`, { headers: { cookie, origin: platform.url } });
      await until(() => own.events.length > 0);
      own.socket.close();
    }
    page.socket.close();
    await control(callId, { action: "hang-up" });
  });
});
