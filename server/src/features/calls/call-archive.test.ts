import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { CallEventBody } from "../../call/call-event.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { createJobWorker } from "../../platform/queue/job-worker.ts";
import { failAtEachStatement } from "../../testing/fail-at-each-statement.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createCallArchive, createCallDigests, createCallStore, digestCall, type NewCall } from "./index.ts";

const orgId = "org_one";
const actor = { kind: "user", id: "user_1" } as const;
const startedAtMs = Date.parse("2026-11-20T17:00:00.123Z");

const said = (turnId: string, words: string): CallEventBody => ({
  ...{ type: "turn-committed", turnId, trigger: "silence", content: { text: words } },
});
const answered = (turnId: string, heard: string, unheard = ""): CallEventBody[] => [
  { type: "reply-first-audio", replyId: `r-${turnId}` },
  { type: "turn-latency", turnId, replyId: `r-${turnId}`, latency: { firstAudioMs: 800, timeToFirstTokenMs: 300 } },
  {
    ...{ type: "reply-finished", replyId: `r-${turnId}`, turnId, heardMs: 900, content: { heard, unheard } },
    outcome: unheard === "" ? "completed" : "interrupted",
  },
];

async function openDesk() {
  const db = await testDatabase();
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  for (const id of [orgId, "org_two"]) await organizations.ensure({ orgId: id, name: id });
  await db.asAdmin("update organizations set time_zone = 'Asia/Kolkata'");
  const jobs = createJobSender();
  const parts = { db: db.orgDb, organizations, clock: systemClock };
  const hooks = { ended: (tx: never, call: { orgId: string; callId: string }) => jobs.send(tx, digestCall, call) };
  const store = createCallStore({ ...parts, hooks });
  const erased: string[] = [];
  const archive = createCallArchive({
    ...{ ...parts, audit: createAuditLog({ clock: systemClock }) },
    recordingOf: async () => null,
    usageOf: async () => ({ usage: [], cost: [] }),
    eraseWith:
      async (_tx, { callId }) =>
      async () =>
        void erased.push(callId),
  });
  const digests = createCallDigests(parts);
  /** A whole call, ended and digested. */
  const hold = async (callId: string, bodies: readonly CallEventBody[], more: Partial<NewCall> = {}) => {
    const call: NewCall = {
      ...{ orgId, callId, agentId: "agent_1", agentName: "Demo", language: "en-US", channel: "phone" },
      ...{ direction: "inbound", startedAtMs, answeredAtMs: startedAtMs, processId: "1-a", from: "+201001234567" },
      ...more,
    };
    await store.createCall(call);
    const events = bodies.map((body, seq) => ({ ...body, v: 1 as const, seq, atMs: seq * 1000 }));
    await store.appendEvents(events.map((event) => ({ orgId: call.orgId, callId, event })));
    const endedAtMs = call.startedAtMs + 60_000;
    const end = { status: "completed", hangUpReason: "caller-hung-up", endedAtMs, durationMs: 60_000 } as const;
    await store.finishCall({ orgId: call.orgId, callId, ...end });
    await digests.run({ orgId: call.orgId, callId });
  };
  const find = async (q: string) => (await archive.list(orgId, { q, limit: 50 })).items.map(({ id }) => id);
  return {
    ...{ db, organizations, store, archive, digests, hold, find, erased },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

describe("search", () => {
  test("words of both sides as they were heard, in English and Arabic; never what was not heard", async () => {
    await using desk = await openDesk();
    await desk.hold("call_1", [
      said("t1", "I'd like to re-book my Crème treatment"),
      ...answered("t1", "Tomorrow at ten", "or would Thursday suit you"),
    ]);
    await desk.hold("call_2", [said("t1", "عايز أحجز ميعاد في المدرسة"), ...answered("t1", "بكرة الساعة ٣")]);
    expect(await desk.find("creme BOOK")).toEqual(["call_1"]);
    expect(await desk.find("tomorrow")).toEqual(["call_1"]);
    expect(await desk.find("thursday")).toEqual([]);
    expect(await desk.find("احجز مدرسه")).toEqual(["call_2"]);
    expect(await desk.find("3")).toEqual(["call_2"]);
    expect(await desk.find("tomorrow احجز")).toEqual([]);
    await expect(desk.find("…")).rejects.toMatchObject({ code: "bad_request" });
    const { items } = await desk.archive.list(orgId, { q: "tomorrow ten", limit: 5 });
    expect(items[0]?.matches).toEqual([{ speaker: "agent", atMs: 1000, text: "Tomorrow at ten" }]);
  });

  test("a phrase: one word after the other in one turn", async () => {
    await using desk = await openDesk();
    await desk.hold("call_1", [said("t1", "a root canal please")]);
    await desk.hold("call_2", [said("t1", "the canal has a root"), said("t2", "canal")]);
    expect(await desk.find('"root canal"')).toEqual(["call_1"]);
    expect(await desk.find("root canal")).toEqual(["call_2", "call_1"]);
    expect(await desk.find('please "root canal"')).toEqual(["call_1"]);
    // A call that broke off: its last reply was never finished, and is found by what was heard of it.
    await desk.hold("call_3", [
      { type: "reply-text", replyId: "r", segment: 0, content: { text: "the molar crown" } },
      { type: "reply-text", replyId: "r", segment: 1, content: { text: "is gold" } },
      { type: "segment-heard", replyId: "r", segment: 0 },
    ]);
    await desk.db.asAdmin("update calls set status = 'interrupted' where id = 'call_3'");
    expect(await desk.find('"molar crown"')).toEqual(["call_3"]);
    expect(await desk.find("gold")).toEqual([]);
  });

  test("pages go through all that was found, once, with a phrase too and beyond what one request looks at", async () => {
    await using desk = await openDesk();
    for (let index = 0; index < 7; index++) {
      const words = index % 2 === 0 ? "blue tooth whitening" : "whitening of a blue tooth";
      await desk.hold(`call_${index}`, [said("t1", words)], { startedAtMs: startedAtMs + Math.floor(index / 3) });
    }
    // Each of the words was said 5,100 times since, and never two of them in one call.
    await desk.db.asAdmin(`
      insert into call_words
      select w.org_id, w.word, w.started_at + (g.n * 5 + w.place) * interval '1 ms', w.call_id
      from (select *, row_number() over (order by word) as place from call_words where call_id = 'call_1') w,
        generate_series(10, 5110) g(n)`);
    await desk.db.asAdmin("analyze call_words");
    for (const [q, wanted] of [
      ["blue whitening", ["call_6", "call_5", "call_4", "call_3", "call_2", "call_1", "call_0"]],
      ['"blue tooth whitening"', ["call_6", "call_4", "call_2", "call_0"]],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await desk.archive.list(orgId, { q, limit: 2, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(wanted);
    }
  });

  test("nothing of the words lies in the index, and another organisation finds nothing", async () => {
    await using desk = await openDesk();
    const words = [said("t1", "hollandaise")];
    await desk.hold("call_1", words);
    await desk.hold("call_2", words, { orgId: "org_two" });
    expect(await desk.find("hollandaise")).toEqual(["call_1"]);
    const { rows } = await desk.db.asAdmin("select distinct word from call_words");
    expect(rows).toHaveLength(2);
    const dump = await desk.db.asAdmin("select w::text, f::text, c::text from call_words w, call_figures f, calls c");
    expect(JSON.stringify(dump.rows)).not.toContain("hollandaise");
  });
});

const wholeDay = { since: "2026-11-19T18:30:00Z", until: "2026-11-22T00:00:00Z", bucket: "day" } as const;

test("the digest is taken once, whatever statement it dies at", async () => {
  await using desk = await openDesk();
  const bodies = [said("t1", "first words"), ...answered("t1", "yes")];
  await failAtEachStatement({
    pool: desk.db.pool,
    async attempt(db, round) {
      const callId = `call_${round}`;
      await desk.hold(callId, bodies);
      await desk.db.asAdmin("delete from call_figures");
      await desk.db.asAdmin("delete from call_words");
      await desk.db.asAdmin(`update calls set digested_at = null where id = '${callId}'`);
      await createCallDigests({ db, organizations: desk.organizations, clock: systemClock }).run({ orgId, callId });
    },
    async restart(round) {
      const callId = `call_${round}`;
      for (let again = 0; again < 2; again++) await desk.digests.run({ orgId, callId });
      expect((await desk.archive.statistics(orgId, wholeDay)).total).toMatchObject({
        calls: 1,
        firstAudio: { turns: 1 },
      });
      expect(await desk.find("words yes")).toEqual([callId]);
    },
  });
}, 60_000);

test("a call that ends is digested by the worker", async () => {
  await using desk = await openDesk();
  const worker = await createJobWorker({ url: desk.db.appUrl, log: silentLog });
  try {
    await desk.store.createCall({
      ...{ orgId, callId: "call_1", agentId: "a", agentName: "A", language: "en-US", channel: "phone" },
      ...{ direction: "inbound", startedAtMs, processId: "1-a" },
    });
    const event = { ...said("t1", "by the worker"), v: 1 as const, seq: 0, atMs: 0 };
    await desk.store.appendEvents([{ orgId, callId: "call_1", event }]);
    await desk.digests.run({ orgId, callId: "call_1" });
    expect(await desk.find("worker")).toEqual([]);
    await worker.handle(digestCall, (work) => desk.digests.run(work));
    const end = { status: "completed", hangUpReason: "idle", endedAtMs: startedAtMs + 9, durationMs: 9 } as const;
    await desk.store.finishCall({ orgId, callId: "call_1", ...end });
    await waitUntil(async () => (await desk.find("worker")).length === 1, 15_000);
  } finally {
    await worker.stop(1000);
  }
}, 30_000);

test("figures by the organisation's day: counts, outcomes, minutes, interruptions and latencies", async () => {
  await using desk = await openDesk();
  const interrupted: CallEventBody = { type: "barge-in-confirmed", replyId: "r" };
  const turn = (ms: number): CallEventBody => ({
    ...{ type: "turn-latency", turnId: "t", replyId: "r", latency: { firstAudioMs: ms } },
  });
  // 18:30 UTC is midnight in Kolkata.
  await desk.hold("call_1", [turn(500), turn(520), interrupted], { startedAtMs: Date.parse("2026-11-20T18:29:59Z") });
  await desk.hold("call_2", [turn(1000)], { startedAtMs: Date.parse("2026-11-20T18:30:00Z") });
  const found = await desk.archive.statistics(orgId, wholeDay);
  expect(found.timeZone).toBe("Asia/Kolkata");
  expect(found.buckets.map(({ start, calls, interruptions }) => [start, calls, interruptions])).toEqual([
    ["2026-11-19T18:30:00.000Z", 1, 1],
    ["2026-11-20T18:30:00.000Z", 1, 0],
  ]);
  expect(found.total).toMatchObject({
    ...{ calls: 2, answered: 2, missed: 0, transferred: 0, minutes: 2, outcomes: { "caller-hung-up": 2 } },
    firstAudio: { turns: 3 },
  });
  const { p50 = 0, p99 = 0 } = found.total.firstAudio ?? {};
  expect(Math.abs(p50 - 520)).toBeLessThan(60);
  expect(Math.abs(p99 - 1000)).toBeLessThan(120);
  expect((await desk.archive.statistics("org_two", wholeDay)).total.calls).toBe(0);
  await expect(desk.archive.statistics(orgId, { ...wholeDay, until: wholeDay.since })).rejects.toMatchObject({
    code: "bad_request",
  });
});

test("one call tells all: heard and unheard apart, latencies, tools, incidents, notes and the verdict", async () => {
  await using desk = await openDesk();
  await desk.hold("call_1", [
    { type: "reply-text", replyId: "r0", segment: 0, phrase: "greeting", content: { text: "Hello." } },
    { type: "reply-text", replyId: "r0", segment: 1, phrase: "greeting", content: { text: "Who is it?" } },
    { type: "segment-heard", replyId: "r0", segment: 0 },
    said("t1", "book me in"),
    ...answered("t1", "At ten", "or at eleven"),
    {
      type: "tool-started",
      toolCallId: "x",
      replyId: "r-t1",
      name: "book",
      effect: "write",
      content: { input: { at: 10 } },
    },
    {
      type: "tool-finished",
      toolCallId: "x",
      replyId: "r-t1",
      name: "book",
      outcome: "ok",
      durationMs: 40,
      content: { output: "done" },
    },
    {
      ...{ type: "knowledge-used", turnId: "t1", replyId: "r-t1", durationMs: 9, waitedMs: 0, prefetched: true },
      passages: [{ id: "c1", sourceId: "src_1", page: 3, score: 0.9 }],
      content: { query: "book me in", titles: ["Rules.pdf"] },
    },
    { type: "provider-switched", stage: "voice", from: "a", to: "b" },
    {
      ...{ type: "reply-finished", replyId: "op", phrase: "operator-say", outcome: "completed", heardMs: 5 },
      content: { heard: "I take over", unheard: "" },
    },
  ]);
  const asked = { orgId, actor, callId: "call_1" };
  const note = await desk.archive.addNote({ ...asked, text: "ring back" });
  await desk.archive.review({ ...asked, verdict: "wrong", reason: "should not have booked" });
  const call = await desk.archive.get({ orgId, callId: "call_1" });
  expect(
    call.transcript.map(({ speaker, text: heard, unheard, interrupted, phrase }) => [
      speaker,
      heard,
      unheard,
      interrupted,
      phrase,
    ]),
  ).toEqual([
    ["agent", "Hello.", "Who is it?", true, "greeting"],
    ["caller", "book me in", "", false, null],
    ["agent", "At ten", "or at eleven", true, null],
    ["operator", "I take over", "", false, "operator-say"],
  ]);
  expect(call.latency.stages).toMatchObject({ firstAudioMs: { p50: 800, p95: 800, turns: 1 } });
  expect(call.tools).toEqual([
    {
      id: "x",
      replyId: "r-t1",
      name: "book",
      effect: "write",
      atMs: 7000,
      durationMs: 40,
      outcome: "ok",
      input: { at: 10 },
      output: "done",
    },
  ]);
  expect(call.incidents).toMatchObject([{ kind: "provider-switched", provider: "a", remedy: "b" }]);
  expect(call.knowledge).toMatchObject([
    { turnId: "t1", query: "book me in", waitedMs: 0, sources: [{ sourceId: "src_1", title: "Rules.pdf", page: 3 }] },
  ]);
  expect(call.notes).toEqual([note]);
  expect(call.review).toMatchObject({ verdict: "wrong", reason: "should not have booked", reviewedBy: "user_1" });
  const dump = await desk.db.asAdmin("select c::text, n::text, a::text from calls c, call_notes n, audit_entries a");
  for (const secret of ["ring back", "not have booked"]) expect(JSON.stringify(dump.rows)).not.toContain(secret);
  await expect(
    desk.archive.removeNote({ orgId: "org_two", actor, callId: "call_1", noteId: note.id }),
  ).rejects.toMatchObject({ code: "not_found" });
  await desk.archive.removeNote({ ...asked, noteId: note.id });
  expect(await desk.archive.notes({ orgId, callId: "call_1" })).toEqual([]);
  await expect(desk.archive.get({ orgId: "org_two", callId: "call_1" })).rejects.toMatchObject({ code: "not_found" });
});

describe("lists", () => {
  test("every filter finds its call and only that, alone and with the others", async () => {
    await using desk = await openDesk();
    const odd: Partial<NewCall> = {
      ...{ agentId: "agent_2", channel: "web", direction: "outbound", to: "+12125550142", contactId: "con_1" },
      ...{ startedAtMs: startedAtMs + 86_400_000, externalId: "CA1" },
    };
    await desk.hold("call_plain", [said("t1", "plain")]);
    await desk.hold("call_odd", [said("t1", "odd")], odd);
    await desk.db.asAdmin(`
      update calls set has_recording = true, hang_up_reason = 'idle', status = 'failed', duration_ms = 90000 where id = 'call_odd'`);
    await desk.archive.review({ orgId, actor, callId: "call_odd", verdict: "right", reason: "" });
    const filters = {
      ...{ agentId: "agent_2", channel: "web", direction: "outbound", contactId: "con_1", externalId: "CA1" },
      ...{ since: "2026-11-21T00:00:00Z", hasRecording: true, reviewed: true, hangUpReason: "idle", status: "failed" },
      ...{ minDurationMs: 60_001, phone: " 1 (212) 555-0142", q: "odd" },
    } as const;
    const list = async (chosen: object) =>
      (await desk.archive.list(orgId, { ...chosen, limit: 10 })).items.map(({ id }) => id);
    for (const name of Object.keys(filters) as (keyof typeof filters)[]) {
      expect(await list({ [name]: filters[name] }), name).toEqual(["call_odd"]);
    }
    expect(await list(filters)).toEqual(["call_odd"]);
    expect(await list({ ...filters, until: filters.since })).toEqual([]);
    expect(await list({ hasRecording: false, reviewed: false })).toEqual(["call_plain"]);
    await expect(list({ phone: "mona" })).rejects.toMatchObject({ code: "bad_request" });
  });

  test("the export has a line for each call, is on record, and holds no formula", async () => {
    await using desk = await openDesk();
    for (let index = 0; index < 203; index++) await desk.hold(`call_${index}`, []);
    await desk.hold("call_bad", [], { agentName: "=1+1" });
    const csv = await text(await desk.archive.export({ orgId, actor }, { agentId: "agent_1" }));
    const lines = csv.trim().split("\n");
    expect(lines).toHaveLength(205);
    expect(lines[0]).toMatch(/^id,startedAt/);
    expect(csv).toContain("'=1+1");
    expect(lines[1]).toContain("+201001234567");
    const { rows } = await desk.db.asAdmin("select action, facts from audit_entries");
    expect(rows).toEqual([{ action: "calls.export", facts: { filters: ["agentId"] } }]);
  });
});

test("an erased call is gone: key, words, events, notes, numbers; its bare facts and the figures stay", async () => {
  await using desk = await openDesk();
  const words = [said("t1", "secret words"), ...answered("t1", "yes")];
  await desk.hold("call_1", words);
  await desk.hold("call_2", words);
  const asked = { orgId, actor, callId: "call_1" };
  await desk.archive.addNote({ ...asked, text: "a note" });
  await desk.archive.review({ ...asked, verdict: "right", reason: "good" });
  await expect(desk.archive.remove({ ...asked, orgId: "org_two" })).rejects.toMatchObject({ code: "not_found" });
  await desk.archive.remove(asked);
  expect(desk.erased).toEqual(["call_1"]);
  expect(await desk.find("secret")).toEqual(["call_2"]);
  await expect(desk.archive.get(asked)).rejects.toMatchObject({ code: "not_found" });
  await expect(desk.archive.remove(asked)).rejects.toMatchObject({ code: "not_found" });
  expect(await desk.store.getCall(orgId, "call_1")).toBeUndefined();
  expect(await desk.store.listEvents(orgId, "call_1")).toBeUndefined();
  expect((await desk.archive.list(orgId, { limit: 9 })).items.map(({ id }) => id)).toEqual(["call_2"]);
  for (const table of ["call_events", "call_words", "call_notes"]) {
    expect((await desk.db.asAdmin(`select 1 from ${table} where call_id = 'call_1'`)).rows, table).toEqual([]);
  }
  const { rows } = await desk.db.asAdmin("select * from calls where id = 'call_1'");
  const left = Object.entries(rows[0] ?? {}).filter(([, value]) => value !== null);
  expect(left.map(([name]) => name).toSorted()).toEqual(
    [
      ...["agent_id", "agent_name", "answered_at", "channel", "digested_at", "direction", "duration_ms", "ended_at"],
      ...["erased_at", "first_audio_p50_ms", "hang_up_reason", "has_recording", "id", "language", "last_event_at"],
      ...["org_id", "process_id", "started_at", "status", "turns"],
    ].toSorted(),
  );
  expect((await desk.archive.statistics(orgId, wholeDay)).total.calls).toBe(2);
  // The digest that comes late finds nothing to do.
  await desk.db.asAdmin("update calls set digested_at = null where id = 'call_1'");
  await desk.digests.run({ orgId, callId: "call_1" });
  expect((await desk.archive.statistics(orgId, wholeDay)).total.calls).toBe(2);
});

test("a live call is not erased", async () => {
  await using desk = await openDesk();
  await desk.store.createCall({
    ...{ orgId, callId: "call_1", agentId: "a", agentName: "A", language: "en-US", channel: "phone" },
    ...{ direction: "inbound", startedAtMs, processId: "1-a" },
  });
  await expect(desk.archive.remove({ orgId, actor, callId: "call_1" })).rejects.toMatchObject({ code: "conflict" });
});
