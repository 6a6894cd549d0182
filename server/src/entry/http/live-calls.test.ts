/** Watching, between two ends of a process channel: a media process's watch list here, the API's watchers there. */
import { EventEmitter } from "node:events";
import type { CallEvent } from "@parley/contract/call-event";
import { expect, test } from "vitest";
import { createManualClock } from "../../testing/manual-clock.ts";
import { createWatchedCalls } from "../media/watched-calls.ts";
import type { ProcessChannel } from "../process-link.ts";
import { createProcessLink } from "../process-link.ts";
import type { CallReader } from "./api-parts.ts";
import { createCallBook } from "./call-book.ts";
import type { LiveItem } from "./live-calls.ts";
import { createLiveCalls } from "./live-calls.ts";

function linkedChannels(): [ProcessChannel, ProcessChannel] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const end = (mine: EventEmitter, other: EventEmitter) =>
    Object.assign(mine, {
      send: (message: unknown) => other.emit("message", JSON.parse(JSON.stringify(message)), undefined),
    }) as unknown as ProcessChannel;
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

const callId = "call_1";
const orgId = "org_1";

/** One call whose events are "stored" when they are flushed, as the event writer does it. */
function setUp() {
  const clock = createManualClock();
  const [apiEnd, mediaEnd] = linkedChannels();
  const [api, media] = [createProcessLink(apiEnd), createProcessLink(mediaEnd)];
  const unflushed: CallEvent[] = [];
  const stored: CallEvent[] = [];
  const flush = () => void stored.push(...unflushed.splice(0).filter((event) => event.type !== "transcript-interim"));
  const dropped: string[] = [];
  const watched = createWatchedCalls({
    clock,
    send: (id, events) => media.request("liveEvents", { callId: id, events }),
    onDropped: (id) => {
      dropped.push(id);
      media.notify("watchDropped", { callId: id });
    },
  });
  const process = { isAlive: true, takesEvents: true };
  media.onRequest("watch", async ({ callId: id }) => {
    const nextSeq = process.isAlive ? watched.watch(id) : 0;
    flush();
    return { found: process.isAlive, nextSeq };
  });
  const calls: CallReader = {
    list: async () => ({ items: [], nextCursor: null }),
    get: async (org, id) =>
      org === orgId && id === callId ? ({ status: "completed", hangUpReason: "idle" } as never) : undefined,
    async events(org, id, { limit, cursor }) {
      if (org !== orgId || id !== callId) return undefined;
      const items = stored.filter((event) => event.seq > Number(cursor ?? -1)).slice(0, limit);
      return { items, nextCursor: items.length === limit ? String(items.at(-1)?.seq) : null };
    },
  };
  const live = createLiveCalls({ clock, link: api, book: createCallBook(), calls });
  const sink = watched.open(callId);
  let seq = 0;
  const happen = (...types: ("interim" | "final" | "ended")[]) => {
    for (const type of types) {
      const facts = { v: 1, seq: seq++, atMs: seq } as const;
      const content = { text: String(seq) };
      const event: CallEvent =
        type === "ended"
          ? { ...facts, type: "call-ended", reason: "operator", durationMs: 1 }
          : { ...facts, type: type === "interim" ? "transcript-interim" : "transcript-final", content };
      unflushed.push(event);
      sink(event);
    }
  };
  const watch = async (afterSeq = -1, org = orgId) => {
    const gone = new AbortController();
    const items = await live.watch({ orgId: org, callId, afterSeq, signal: gone.signal });
    const seen: (number | string)[] = [];
    const take = (item: LiveItem) =>
      void seen.push(item.type === "event" ? item.event.seq : item.type === "end" ? item.reason : "heartbeat");
    const done = (async () => {
      for await (const item of items) take(item);
    })();
    return { seen, done, leave: () => gone.abort() };
  };
  return { clock, live, watched, happen, watch, flush, stored, dropped, process };
}

test("what happened before, unflushed or not, and what happens then: once, in order, interim words too", async () => {
  const world = setUp();
  world.happen("final", "final");
  world.flush();
  world.happen("interim", "final");
  const watching = await world.watch();
  world.happen("interim", "final");
  await world.clock.advance(100);
  expect(watching.seen).toEqual([0, 1, 3, 4, 5]);
  world.happen("interim", "ended");
  await world.clock.advance(100);
  await watching.done;
  expect(watching.seen).toEqual([0, 1, 3, 4, 5, 6, 7, "operator"]);
});

test("a second watcher gets its own beginning while the first goes on", async () => {
  const world = setUp();
  world.happen("final");
  const first = await world.watch();
  world.happen("final", "interim");
  const second = await world.watch(0);
  world.happen("final");
  await world.clock.advance(100);
  expect(first.seen).toEqual([0, 1, 2, 3]);
  expect(second.seen).toEqual([1, 3]);
});

test("nobody of another organisation is told that there is such a call", async () => {
  const world = setUp();
  await expect(world.watch(-1, "org_2")).rejects.toMatchObject({ code: "not_found" });
});

test("a call that is over is told from the record, with the reason", async () => {
  const world = setUp();
  world.happen("final");
  world.flush();
  world.process.isAlive = false;
  const watching = await world.watch();
  await world.clock.advance(0);
  await watching.done;
  expect(watching.seen).toEqual([0, "idle"]);
});

test("the end of the process that carries the call ends the stream; a silent one beats", async () => {
  const world = setUp();
  world.happen("final");
  const watching = await world.watch();
  await world.clock.advance(15_100);
  world.live.onFact({ kind: "lost", callId, channel: "phone" });
  await world.clock.advance(0);
  await watching.done;
  expect(watching.seen).toEqual([0, "heartbeat", "connection-lost"]);
});

test("when nobody watches any more, nothing is sent", async () => {
  const world = setUp();
  const watching = await world.watch();
  watching.leave();
  await watching.done;
  world.happen("final");
  await world.clock.advance(100);
  const again = await world.watch();
  world.happen("final");
  await world.clock.advance(100);
  expect(again.seen).toEqual([0, 1]);
});

test("an API process that does not keep up is left behind, and its watchers are told to come back", async () => {
  const world = setUp();
  const watching = await world.watch();
  world.happen(...Array.from({ length: 2001 }, () => "final" as const));
  await world.clock.advance(100);
  expect(world.dropped).toEqual([callId]);
  await watching.done;
  expect(watching.seen.at(-1)).toBe("too-slow");
  const again = await world.watch(-1);
  await expect.poll(() => again.seen.length).toBe(2001);
  expect(again.seen).toEqual(Array.from({ length: 2001 }, (_, seq) => seq));
});

test("an organisation has so many streams at a time; who leaves makes room", async () => {
  const world = setUp();
  const watching = [];
  for (let count = 0; count < 200; count++) watching.push(await world.watch());
  await expect(world.watch()).rejects.toMatchObject({ code: "too_many_requests" });
  watching[0]?.leave();
  const next = await world.watch();
  await expect(world.watch()).rejects.toMatchObject({ code: "too_many_requests" });
  next.leave();
  for (const { leave } of watching) leave();
});
