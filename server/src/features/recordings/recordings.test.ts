import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { expect, test } from "vitest";
import { soundForm } from "../../compose/recordings.ts";
import { useProblems } from "../../entry/http/problem.ts";
import { systemClock } from "../../kernel/clock.ts";
import { newKey } from "../../platform/crypto/envelope.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { ownProcessId } from "../../platform/db/process-identity.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { S3Settings } from "../../platform/storage/s3-store.ts";
import { createS3Store } from "../../platform/storage/s3-store.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { startTestBucket } from "../../testing/test-bucket.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createCallKeys, createCallStore } from "../calls/index.ts";
import { createOrganizations, demoOrganization } from "../organizations/index.ts";
import { createRecordingKeeper, createRecordings, mountRecordingRoutes, type RecordingKeeper } from "./index.ts";

const { orgId } = demoOrganization;
const sampleRateHz = 8000;
const actor = { kind: "user", id: "user_1" } as const;

/** Ten seconds: every sample is its own, so that a byte out of place is seen. */
const sound = Buffer.from(
  Array.from({ length: 160_000 }, (_, at) => (at * 7 + (at >> 8) * 13 + (at >> 14) * 29) & 0xff),
);

async function openWorld(s3?: S3Settings) {
  const db = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-recordings-"));
  const masterKey = newKey();
  const organizations = createOrganizations({ db: db.orgDb, masterKey });
  await organizations.ensure(demoOrganization);
  const store = createCallStore({ db: db.orgDb, organizations, clock: systemClock });
  const callKeys = createCallKeys(organizations);
  const shared = { db: db.orgDb, callKeys, clock: systemClock, dataDir };
  const createKeeper = (processId = ownProcessId(), to = s3) =>
    createRecordingKeeper({ ...shared, log: silentLog, masterKey, processId, ...(to === undefined ? {} : { s3: to }) });
  const audit = createAuditLog({ clock: systemClock, commitClaim: async () => undefined });
  const bucket = s3 === undefined ? {} : { bucket: createS3Store(s3) };
  const recordings = createRecordings({ ...shared, audit, form: soundForm, ...bucket });
  const app = fastify();
  useProblems(app);
  const mount: RouteMount = (route, handle) => {
    app.route({
      method: route.method,
      url: route.path,
      async handler(request, reply) {
        const query = route.query?.parse(request.query);
        const given = { orgId, actor, params: request.params, query, request, reply };
        const result: unknown = await handle(given as never);
        return result === null ? reply.code(204).send() : reply.send(result);
      },
    });
  };
  mountRecordingRoutes(mount, { recordings });
  return {
    ...{ db, dataDir, recordings, createKeeper, app },
    startCall: (callId: string) =>
      store.createCall({
        ...{ orgId, callId, agentId: "agent_1", agentName: "A", language: "en-US", channel: "phone" },
        ...{ direction: "inbound", startedAtMs: Date.now(), processId: "1-abc" },
      }),
    pathOf: (callId: string) => join(dataDir, "recordings", orgId, `${callId}.sound`),
    get: (callId: string, range?: string) =>
      app.inject({ url: `/api/v1/calls/${callId}/recording`, ...(range === undefined ? {} : { headers: { range } }) }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await db[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
type World = Awaited<ReturnType<typeof openWorld>>;

/** A call's recording in pieces as odd as the engine's last one may be. */
async function record(world: World, callId: string, keeper = world.createKeeper()): Promise<void> {
  await world.startCall(callId);
  const sink = keeper.open({ orgId, callId, sampleRateHz });
  for (let at = 0; at < sound.length; at += 16_000) sink.write(sound.subarray(at, at + 16_000));
  sink.close();
  await isSettled(keeper);
  await keeper.close();
}

const isSettled = (keeper: RecordingKeeper) =>
  waitUntil(() => keeper.stats().waiting + keeper.stats().live === 0, 20_000);

const stateOf = async (world: World, callId: string) => (await world.recordings.summaryOf({ orgId, callId }))?.state;

const expectedWav = () =>
  Buffer.concat([soundForm.wavHeader(sampleRateHz, 2 * sound.length), Buffer.from(soundForm.toPcm(sound))]);

test("a recording comes back as a stereo WAV of the same sound, whole and by every kind of range", async () => {
  await using world = await openWorld();
  await record(world, "call_1");
  const wav = expectedWav();
  const all = await world.get("call_1");
  expect(all.statusCode).toBe(200);
  expect(all.headers).toMatchObject({ "accept-ranges": "bytes", "content-length": String(wav.length) });
  expect(all.rawPayload.equals(wav)).toBe(true);
  expect(wav.readUInt16LE(22)).toBe(2);
  for (const [start, end] of [
    [0, 1],
    [0, 44],
    [10, 60],
    [44, 32_812],
    [45, 46],
    [32_811, 65_581],
    [99_999, 300_001],
    [wav.length - 1, wav.length],
  ] as const) {
    const part = await world.get("call_1", `bytes=${start}-${end - 1}`);
    expect(part.statusCode).toBe(206);
    expect(part.headers["content-range"]).toBe(`bytes ${start}-${end - 1}/${wav.length}`);
    expect(part.rawPayload.equals(wav.subarray(start, end))).toBe(true);
  }
  expect((await world.get("call_1", "bytes=-100")).rawPayload.equals(wav.subarray(-100))).toBe(true);
  expect((await world.get("call_1", "bytes=320000-")).rawPayload.equals(wav.subarray(320_000))).toBe(true);
  const outside = await world.get("call_1", `bytes=${wav.length}-`);
  expect([outside.statusCode, outside.headers["content-range"]]).toEqual([416, `bytes */${wav.length}`]);
  expect((await world.get("call_1", "furlongs=1-2")).statusCode).toBe(200);
  expect(await world.recordings.summaryOf({ orgId, callId: "call_1" })).toEqual({
    state: "complete",
    durationMs: 10_000,
    bytes: wav.length,
  });
});

test("on the disk lies nothing of the sound, and no key when the call's own key has it", async () => {
  await using world = await openWorld();
  await record(world, "call_1");
  const stored = await readFile(world.pathOf("call_1"));
  for (let at = 0; at + 64 < sound.length; at += 997) expect(stored.includes(sound.subarray(at, at + 64))).toBe(false);
  expect(readdirSync(join(world.dataDir, "recordings", "unfinished"))).toEqual([]);
  await world.db.asAdmin("update calls set key_wrap = null where id = 'call_1'");
  expect((await world.get("call_1")).statusCode).toBe(404);
});

test("a changed byte, a cut file and exchanged frames are errors, never wrong sound", async () => {
  await using world = await openWorld();
  const frame = 16_384 + 16;
  const spoil: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    flipped: (bytes) => {
      bytes[16 + 3 * frame + 5000] = (bytes[16 + 3 * frame + 5000] ?? 0) ^ 1;
      return bytes;
    },
    cut: (bytes) => bytes.subarray(0, 16 + 4 * frame),
    exchanged: (bytes) => {
      const third = Buffer.from(bytes.subarray(16 + 2 * frame, 16 + 3 * frame));
      bytes.copyWithin(16 + 2 * frame, 16 + 3 * frame, 16 + 4 * frame);
      third.copy(bytes, 16 + 3 * frame);
      return bytes;
    },
    header: (bytes) => {
      bytes[9] = (bytes[9] ?? 0) ^ 1;
      return bytes;
    },
  };
  const wav = expectedWav();
  for (const [name, change] of Object.entries(spoil)) {
    const callId = `call_${name}`;
    await record(world, callId);
    await writeFile(world.pathOf(callId), change(await readFile(world.pathOf(callId))));
    // A cut is found by its size; without that too.
    const got = await world.get(callId).catch((error: unknown) => error);
    if (got instanceof Error) continue; // the connection was broken off
    const { statusCode, rawPayload } = got as Awaited<ReturnType<World["get"]>>;
    if (statusCode === 200) {
      expect(rawPayload.length).toBeLessThan(wav.length);
      expect(rawPayload.equals(wav.subarray(0, rawPayload.length))).toBe(true);
    } else expect([name, statusCode]).toEqual([name, 500]);
  }
  // The same cut, with a size in the database that fits it: the last frame does not say that it is the last.
  const cut = 16 + 4 * frame;
  await world.db.asAdmin("update recordings set stored_bytes = $1 where call_id = 'call_cut'", [cut]);
  expect((await world.get("call_cut")).statusCode).toBe(500);
  // Another call's sound does not open in this one's place.
  await record(world, "call_other");
  await writeFile(world.pathOf("call_exchanged"), await readFile(world.pathOf("call_other")));
  expect((await world.get("call_exchanged")).statusCode).toBe(500);
});

test("what a killed process had written is readable, and marked", async () => {
  await using world = await openWorld();
  await world.startCall("call_1");
  const dead = world.createKeeper("999999-dead");
  const sink = dead.open({ orgId, callId: "call_1", sampleRateHz });
  sink.write(sound.subarray(0, 100_000));
  await waitUntil(async () => (await stateOf(world, "call_1")) === "recording");
  await waitUntil(async () => (await readFile(world.pathOf("call_1"))).length >= 16 + 6 * 16_400);
  expect((await world.get("call_1")).statusCode).toBe(404);
  // It is gone in the middle of a frame.
  await writeFile(world.pathOf("call_1"), Buffer.concat([await readFile(world.pathOf("call_1")), Buffer.alloc(700)]));
  const next = world.createKeeper();
  await next.takeUp();
  await isSettled(next);
  await next.close();
  const got = await world.get("call_1");
  expect([got.statusCode, await stateOf(world, "call_1")]).toEqual([200, "incomplete"]);
  expect(got.rawPayload.subarray(44).equals(Buffer.from(soundForm.toPcm(sound.subarray(0, 6 * 16_384))))).toBe(true);
  sink.close();
  await waitUntil(() => dead.stats().live === 0);
  await dead.close();
});

test("a disk that takes nothing: the call hears nothing of it, the recording has failed", async () => {
  await using world = await openWorld();
  await writeFile(join(world.dataDir, "recordings"), "a file stands where the folder should");
  const keeper = world.createKeeper();
  await world.startCall("call_1");
  const sink = keeper.open({ orgId, callId: "call_1", sampleRateHz });
  await waitUntil(() => keeper.stats().failed === 1);
  for (let at = 0; at < sound.length; at += 16_000) sink.write(sound.subarray(at, at + 16_000));
  sink.close();
  expect(keeper.stats()).toMatchObject({ live: 0, failed: 1 });
  await keeper.close();
});

test("peaks of each voice, in as many points as are asked for", async () => {
  await using world = await openWorld();
  const keeper = world.createKeeper();
  await world.startCall("call_1");
  const sink = keeper.open({ orgId, callId: "call_1", sampleRateHz });
  const second = (left: number, right: number) => Buffer.from(Array.from({ length: 8000 }, () => [left, right]).flat());
  for (const part of [second(0x00, 0xff), second(0xff, 0xff), second(0xff, 0x80)]) sink.write(part);
  sink.close();
  await isSettled(keeper);
  for (let again = 0; again < 2; again++) {
    const got = await world.app.inject({ url: "/api/v1/calls/call_1/recording/peaks?resolution=3" });
    expect(got.json()).toEqual({ durationMs: 3000, caller: [0.98, 0, 0], agent: [0, 0, 0.98] });
  }
  const fine = await world.app.inject({ url: "/api/v1/calls/call_1/recording/peaks?resolution=5000" });
  expect(fine.json<{ caller: number[] }>().caller).toHaveLength(30);
  const { rows } = await world.db.asAdmin("select sealed_peaks is not null as kept from recordings");
  expect(rows).toEqual([{ kept: true }]);
});

test("a destroyed recording is gone for good; who listened and who destroyed it is on record", async () => {
  await using world = await openWorld();
  await record(world, "call_1");
  for (let range = 0; range < 3; range++) await world.get("call_1", "bytes=0-99");
  const gone = await world.app.inject({ method: "DELETE", url: "/api/v1/calls/call_1/recording" });
  expect(gone.statusCode).toBe(204);
  expect((await world.get("call_1")).statusCode).toBe(404);
  expect((await world.app.inject({ method: "DELETE", url: "/api/v1/calls/call_1/recording" })).statusCode).toBe(404);
  expect(readdirSync(join(world.dataDir, "recordings", orgId))).toEqual([]);
  const { rows } = await world.db.asAdmin("select action, subject, actor_id from audit_entries order by seq");
  expect(rows).toEqual([
    { action: "recordings.get", subject: "call_1", actor_id: "user_1" },
    { action: "recordings.delete", subject: "call_1", actor_id: "user_1" },
  ]);
  expect((await world.get("call_nobody")).statusCode).toBe(404);
});

test("a bucket: sent when the call is over, listened to by ranges, removed with the recording", async () => {
  await using bucket = await startTestBucket();
  await using world = await openWorld(bucket.settings);
  await record(world, "call_1");
  expect(readdirSync(join(world.dataDir, "recordings", orgId))).toEqual([]);
  const wav = expectedWav();
  expect((await world.get("call_1")).rawPayload.equals(wav)).toBe(true);
  const part = await world.get("call_1", "bytes=99999-200000");
  expect(part.rawPayload.equals(wav.subarray(99_999, 200_001))).toBe(true);
  await world.app.inject({ method: "DELETE", url: "/api/v1/calls/call_1/recording" });
  const store = createS3Store(bucket.settings);
  expect(await store.sizeOf(`recordings/${orgId}/call_1.sound`)).toBeUndefined();
  store.close();
});

test("a bucket that is away: the sound waits on the disk and the next start sends it", async () => {
  await using bucket = await startTestBucket();
  await using world = await openWorld({ ...bucket.settings, endpoint: "http://127.0.0.1:9" });
  await world.startCall("call_1");
  const keeper = world.createKeeper("999999-dead");
  const sink = keeper.open({ orgId, callId: "call_1", sampleRateHz });
  sink.write(sound);
  sink.close();
  await waitUntil(async () => (await stateOf(world, "call_1")) === "complete", 20_000);
  await keeper.close();
  expect(readdirSync(join(world.dataDir, "recordings", orgId))).toEqual(["call_1.sound"]);
  // It is heard meanwhile.
  expect((await world.get("call_1")).statusCode).toBe(200);
  const next = world.createKeeper(ownProcessId(), bucket.settings);
  await next.takeUp();
  await isSettled(next);
  await next.close();
  expect(readdirSync(join(world.dataDir, "recordings", orgId))).toEqual([]);
  const store = createS3Store(bucket.settings);
  expect(await store.sizeOf(`recordings/${orgId}/call_1.sound`)).toBeGreaterThan(sound.length);
  store.close();
}, 30_000);
