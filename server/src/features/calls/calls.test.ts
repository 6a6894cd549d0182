import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CallEvent, CallEventBody } from "../../call/call-event.ts";
import { type Clock, sleep, systemClock } from "../../kernel/clock.ts";
import { createPool } from "../../platform/db/connect.ts";
import { startEmbeddedPostgres } from "../../platform/db/embedded-postgres.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createOrgDb, type OrgDb } from "../../platform/db/org-db.ts";
import { prepareDatabase } from "../../platform/db/prepare-database.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createOrganizations, demoOrganization } from "../organizations/index.ts";
import { createCallStore, createEventWriter, type NewCall } from "./index.ts";

const { orgId } = demoOrganization;
const startedAtMs = Date.parse("2026-11-20T17:00:00Z");
const masterKey = randomBytes(32);

const newCall = (callId: string, more: Partial<NewCall> = {}): NewCall => ({
  ...{
    orgId,
    callId,
    agentId: "agent_demo",
    agentName: "Demo",
    language: "en-US",
    channel: "phone",
    direction: "inbound",
  },
  ...{ startedAtMs, processId: "1-abc", from: "+12125550142", to: "+12125550100", externalId: `CA-${callId}` },
  ...more,
});

const writerOptions = (dataDir: string) => ({
  clock: systemClock,
  log: silentLog,
  dataDir,
  masterKey,
  processId: "1-abc",
});

const number = (bodies: readonly CallEventBody[]): CallEvent[] =>
  bodies.map((body, seq) => ({ ...body, v: 1, seq, atMs: seq * 1000.5 }));

const conversation: readonly CallEventBody[] = [
  { type: "call-started", channel: "phone", direction: "inbound", content: { from: "+12125550142" } },
  { type: "speech-started" },
  {
    type: "turn-committed",
    turnId: "t1",
    trigger: "silence",
    lastVoiceAtMs: 900,
    content: { text: "my name is Mona" },
  },
  { type: "turn-latency", turnId: "t1", replyId: "r1", latency: { firstAudioMs: 800 } },
  { type: "turn-committed", turnId: "t2", trigger: "silence", content: { text: "tomorrow" } },
  { type: "turn-latency", turnId: "t2", replyId: "r2", latency: { firstAudioMs: 900 } },
  {
    type: "tool-finished",
    toolCallId: "x",
    replyId: "r2",
    name: "odd\0name\ud800",
    outcome: "ok",
    durationMs: 3,
    content: { output: { a: 1 } },
  },
  { type: "call-ended", reason: "caller-hung-up", durationMs: 7000 },
];

async function openCalls(db: OrgDb, clock: Clock = systemClock) {
  const organizations = createOrganizations({ db, masterKey });
  await organizations.ensure(demoOrganization);
  return { store: createCallStore({ db, organizations, clock }), organizations };
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "parley-calls-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("a call and its events come back as they were, and writing them twice changes nothing", async () => {
  await using db = await testDatabase();
  const { store } = await openCalls(db.orgDb);
  const events = number(conversation).map((event) => ({ orgId, callId: "call_1", event }));
  for (let twice = 0; twice < 2; twice++) {
    await store.createCall(newCall("call_1"));
    await store.appendEvents(events);
    await store.finishCall({
      orgId,
      callId: "call_1",
      status: "completed",
      hangUpReason: "caller-hung-up",
      endedAtMs: startedAtMs + 7000 + twice,
      durationMs: 7000,
    });
  }
  const stored = await store.listEvents(orgId, "call_1");
  expect(stored?.slice(0, 6)).toEqual(events.slice(0, 6).map((item) => item.event));
  expect(stored?.[6]).toMatchObject({ name: "oddname\ufffd", content: { output: { a: 1 } } });
  expect(await store.getCall(orgId, "call_1")).toEqual({
    id: "call_1",
    ...{ agentId: "agent_demo", agentName: "Demo", language: "en-US", channel: "phone", direction: "inbound" },
    ...{
      status: "completed",
      hangUpReason: "caller-hung-up",
      externalId: "CA-call_1",
      from: "+12125550142",
      to: "+12125550100",
    },
    ...{ startedAtMs, endedAtMs: startedAtMs + 7000, durationMs: 7000, turns: 2, firstAudioP50Ms: 850 },
  });
  expect(await store.listEvents(orgId, "call_1", { afterSeq: 4, limit: 2 })).toHaveLength(2);
});

test("words lie sealed under the call's key: a row that is moved, or whose key is destroyed, does not open", async () => {
  await using db = await testDatabase();
  const { store } = await openCalls(db.orgDb);
  for (const callId of ["call_1", "call_2"]) {
    await store.createCall(newCall(callId));
    await store.appendEvents(number(conversation).map((event) => ({ orgId, callId, event })));
  }
  const dump = await db.asAdmin("select c::text as call, e::text as event from calls c, call_events e");
  for (const secret of ["Mona", "+1212", Buffer.from("Mona").toString("hex"), Buffer.from("+1212").toString("hex")]) {
    expect(JSON.stringify(dump.rows)).not.toContain(secret);
  }
  await db.asAdmin(
    "update call_events a set content = b.content from call_events b where a.call_id = 'call_1' and a.seq = 2 and b.call_id = 'call_2' and b.seq = 2",
  );
  await expect(store.listEvents(orgId, "call_1")).rejects.toThrow("sealed content cannot be opened");

  await db.asAdmin("update calls set key_wrap = null");
  const { store: fresh } = await openCalls(db.orgDb);
  expect((await fresh.listEvents(orgId, "call_2"))?.[2]).not.toHaveProperty("content");
  expect(await fresh.getCall(orgId, "call_2")).not.toHaveProperty("from");
});

test("pages go through all calls once, newest first, also those of the same millisecond", async () => {
  await using db = await testDatabase();
  const { store } = await openCalls(db.orgDb);
  for (let index = 0; index < 7; index++)
    await store.createCall(newCall(`call_${index}`, { startedAtMs: startedAtMs + Math.floor(index / 3) }));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listCalls(orgId, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.calls.map((call) => call.id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(["call_6", "call_5", "call_4", "call_3", "call_2", "call_1", "call_0"]);
  expect((await store.listCalls(orgId, { externalId: "CA-call_3" })).calls.map((call) => call.id)).toEqual(["call_3"]);
  expect((await store.listCalls(orgId, { status: "completed" })).calls).toEqual([]);
  await expect(store.listCalls(orgId, { cursor: "nonsense" })).rejects.toMatchObject({ code: "bad_request" });
});

test("another organisation's call does not exist", async () => {
  await using db = await testDatabase();
  const { store, organizations } = await openCalls(db.orgDb);
  await organizations.ensure({ orgId: "org_other", name: "Other" });
  await store.createCall(newCall("call_1"));
  expect(await store.getCall("org_other", "call_1")).toBeUndefined();
  expect(await store.listEvents("org_other", "call_1")).toBeUndefined();
  expect((await store.listCalls("org_other", {})).calls).toEqual([]);
  const event = number(conversation)[0]!;
  await expect(store.appendEvents([{ orgId: "org_other", callId: "call_1", event }])).rejects.toMatchObject({
    code: "23503",
  });
});

test("calls of a dead process are closed at their last event, others stay open", async () => {
  await using db = await testDatabase();
  let wallMs = startedAtMs + 5000;
  const { store, organizations } = await openCalls(db.orgDb, { ...systemClock, wallNow: () => wallMs });
  await organizations.ensure({ orgId: "org_other", name: "Other" });
  await store.createCall(newCall("call_dead"));
  await store.createCall(newCall("call_other", { orgId: "org_other" }));
  await store.createCall(newCall("call_lively", { processId: "2-def" }));
  await store.appendEvents(number(conversation.slice(0, 4)).map((event) => ({ orgId, callId: "call_dead", event })));
  wallMs += 60_000;
  expect(await store.closeOrphanedCalls({ quietMs: 120_000 })).toBe(0);
  expect(await store.closeOrphanedCalls({ quietMs: 0, processId: "1-abc" })).toBe(2);
  expect(await store.getCall(orgId, "call_dead")).toMatchObject({
    ...{ status: "interrupted", hangUpReason: "connection-lost", durationMs: 5000, turns: 1, firstAudioP50Ms: 800 },
  });
  expect(await store.getCall(orgId, "call_lively")).toMatchObject({ status: "live" });
});

test("the writer stores a call behind the call, leaves interims away and finishes it at its end", async () => {
  await using db = await testDatabase();
  await using folder = await temporaryFolder();
  const { store } = await openCalls(db.orgDb);
  const writer = createEventWriter({ ...writerOptions(folder.path), store });
  const write = writer.openCall(newCall("call_1"));
  const [first, second, ...rest] = number([
    conversation[0]!,
    { type: "transcript-interim", content: { text: "hm" } },
    ...conversation.slice(1),
  ]);
  for (const event of [first!, second!, ...rest]) write(event);
  await writer.flush();
  expect((await store.listEvents(orgId, "call_1"))?.map((event) => event.type)).toEqual(
    conversation.map((body) => body.type),
  );
  expect(await store.getCall(orgId, "call_1")).toMatchObject({
    status: "completed",
    turns: 2,
    endedAtMs: startedAtMs + 8004,
  });
  expect(writer.stats()).toMatchObject({ queued: 0, spilled: 0, rejected: 0, dropped: 0 });
  await writer.close();
});

test("quiet events wait for the batch, a committed turn does not", async () => {
  await using db = await testDatabase();
  await using folder = await temporaryFolder();
  const { store } = await openCalls(db.orgDb);
  const timers: number[] = [];
  const clock: Clock = { ...systemClock, setTimer: (delayMs) => (timers.push(delayMs), () => {}) };
  const writer = createEventWriter({ ...writerOptions(folder.path), store, clock });
  const write = writer.openCall(newCall("call_1"));
  await writer.flush();
  timers.length = 0;
  const events = number(conversation);
  write(events[1]!);
  expect(timers).toEqual([250]);
  write(events[2]!);
  expect(timers).toEqual([250, 0]);
  await writer.close();
});

test("the database goes away and comes back: nothing is lost, nothing doubled, nothing readable in the file", async () => {
  await using folder = await temporaryFolder();
  const start = () =>
    startEmbeddedPostgres({ dataDir: folder.path, clock: systemClock, log: silentLog, settings: ["fsync=off"] });
  let server = await start();
  const { appUrl } = await prepareDatabase(server);
  const pool = createPool({ url: appUrl, log: silentLog });
  const { store } = await openCalls(createOrgDb(pool));
  const options = { store, clock: systemClock, log: silentLog, dataDir: folder.path, masterKey };
  const writer = createEventWriter({ ...options, processId: "1-abc" });
  const events = number(conversation);
  try {
    const before = writer.openCall(newCall("call_before"));
    for (const event of events.slice(0, 3)) before(event);
    await writer.flush();
    await server.stop();

    for (const event of events.slice(3)) before(event);
    const during = writer.openCall(newCall("call_during"));
    for (const event of events) during(event);
    await writer.flush();
    expect(writer.stats()).toMatchObject({ queued: 0, isDatabaseAway: true, dropped: 0, rejected: 0 });
    const spillDir = join(folder.path, "spill");
    expect(
      readdirSync(spillDir)
        .map((name) => readFileSync(join(spillDir, name), "utf8"))
        .join(),
    ).not.toMatch(/Mona|1212/);

    server = await start();
    const untilMs = Date.now() + 10_000;
    while (writer.stats().isDatabaseAway && Date.now() < untilMs) await sleep(systemClock, 50);
    for (const callId of ["call_before", "call_during"]) {
      expect((await store.listEvents(orgId, callId))?.map((event) => event.seq)).toEqual(
        events.map((event) => event.seq),
      );
      expect(await store.getCall(orgId, callId)).toMatchObject({ status: "completed", turns: 2 });
    }
    expect(readdirSync(spillDir)).toEqual([]);

    // And what a dead process left behind is brought in by the next one's start, a line cut by the kill counted.
    await server.stop();
    const dying = createEventWriter({ ...options, processId: "999999999-dead" });
    const last = dying.openCall(newCall("call_dead"));
    for (const event of events.slice(0, 4)) last(event);
    await dying.close();
    server = await start();
    const next = createEventWriter({ ...options, processId: "2-next" });
    expect(await next.replay()).toBe(true);
    expect(await store.closeOrphanedCalls({ quietMs: 0 })).toBe(1);
    expect(await store.getCall(orgId, "call_dead")).toMatchObject({
      status: "interrupted",
      hangUpReason: "connection-lost",
      turns: 1,
    });
    await next.close();
  } finally {
    await writer.close();
    await pool.end();
    await server.stop();
  }
});

test("an event the database refuses is left out, and its neighbours are kept", async () => {
  await using db = await testDatabase();
  await using folder = await temporaryFolder();
  const { store } = await openCalls(db.orgDb);
  const writer = createEventWriter({ ...writerOptions(folder.path), store });
  const write = writer.openCall(newCall("call_1"));
  const [first, , third] = number(conversation);
  write(first!);
  write({ ...third!, seq: 2 ** 40 });
  write(third!);
  await writer.flush();
  expect((await store.listEvents(orgId, "call_1"))?.map((event) => event.seq)).toEqual([0, 2]);
  expect(writer.stats()).toMatchObject({ rejected: 1, spilled: 0 });
  await writer.close();
});

test("a write that hangs fills memory only up to its bound; the rest goes to the file and everything arrives", async () => {
  await using db = await testDatabase();
  await using folder = await temporaryFolder();
  const { store } = await openCalls(db.orgDb);
  const { promise: hang, resolve: letGo } = Promise.withResolvers<void>();
  const slow = { ...store, createCall: (call: NewCall) => hang.then(() => store.createCall(call)) };
  const writer = createEventWriter({ ...writerOptions(folder.path), store: slow, maxQueued: 50 });
  const write = writer.openCall(newCall("call_1"));
  await sleep(systemClock, 20);
  for (let seq = 0; seq < 200; seq++) write({ type: "speech-started", v: 1, seq, atMs: seq });
  expect(writer.stats().queued).toBeLessThan(200);
  letGo();
  await writer.flush();
  expect(writer.stats().spilled).toBeGreaterThan(0);
  expect(await writer.replay()).toBe(true);
  expect(await store.listEvents(orgId, "call_1")).toHaveLength(200);
  await writer.close();
});

test("a kill -9 right after a committed turn loses nothing up to it", async () => {
  await using db = await testDatabase();
  await using folder = await temporaryFolder();
  const { store } = await openCalls(db.orgDb);
  const file = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { createPool } from ${file("../../platform/db/connect.ts")};
    import { createOrgDb } from ${file("../../platform/db/org-db.ts")};
    import { createOrganizations } from ${file("../organizations/index.ts")};
    import { createCallStore, createEventWriter } from ${file("./index.ts")};
    import { systemClock as clock } from ${file("../../kernel/clock.ts")};
    const log = () => {};
    const masterKey = Buffer.from(${JSON.stringify(masterKey.toString("base64"))}, "base64");
    const db = createOrgDb(createPool({ url: ${JSON.stringify(db.appUrl)}, log }));
    const organizations = createOrganizations({ db, masterKey });
    const store = createCallStore({ db, organizations, clock });
    const writer = createEventWriter({ store, clock, log, masterKey, dataDir: ${JSON.stringify(folder.path)}, processId: "1-abc", batchEveryMs: 60_000 });
    const write = writer.openCall(${JSON.stringify(newCall("call_1"))});
    for (const event of ${JSON.stringify(number(conversation).slice(0, 3))}) write(event);
    const look = setInterval(() => {
      if (writer.stats().stored < 4) return;
      write(${JSON.stringify(number(conversation)[3])});
      process.kill(process.pid, "SIGKILL");
    }, 5);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  const [, signal] = (await once(child, "exit")) as [unknown, string];
  expect(signal).toBe("SIGKILL");
  expect((await store.listEvents(orgId, "call_1"))?.map((event) => event.type)).toEqual([
    "call-started",
    "speech-started",
    "turn-committed",
  ]);
  expect(await store.closeOrphanedCalls({ quietMs: 0 })).toBe(1);
});
