import { PgBoss } from "pg-boss";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../kernel/clock.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import type { LogLine } from "../db/log-line.ts";
import { createJobSender } from "./job-sender.ts";
import { createJobWorker } from "./job-worker.ts";
import { defineJob } from "./queue.ts";
import { queueOptions } from "./queue-options.ts";

const payload = z.object({ id: z.string() });
const note = defineJob({ name: "notes.write", payload, concurrency: 4, retries: 1, retryDelaySeconds: 1 });
const jobs = createJobSender();

const send = (db: TestDatabase, id: string, singletonKey?: string) =>
  db.orgDb.withOrg("org_a", (tx) => jobs.send(tx, note, { id }, singletonKey === undefined ? {} : { singletonKey }));

async function startWorker(db: TestDatabase) {
  const lines: string[] = [];
  const log: LogLine = (level, message, facts) => void lines.push(JSON.stringify({ level, message, ...facts }));
  const worker = await createJobWorker({ url: db.appUrl, log });
  return { worker, lines, [Symbol.asyncDispose]: () => worker.stop(1000) };
}

const stored = async (db: TestDatabase, columns = "*") =>
  (await db.asAdmin(`select ${columns} from pgboss.job where name not like '\\_\\_%' order by created_on`)).rows;

describe("sending", () => {
  test("a rolled-back transaction leaves no job, a committed one does, also before any worker was there", async () => {
    await using db = await testDatabase();
    const refused = db.orgDb.withOrg("org_a", async (tx) => {
      await jobs.send(tx, note, { id: "never" });
      throw new Error("no");
    });
    await expect(refused).rejects.toThrow("no");
    expect(await stored(db)).toEqual([]);
    await send(db, "kept");
    expect(await stored(db, "name, data")).toEqual([{ name: "notes.write", data: { id: "kept" } }]);
  });

  test("while a job of a key waits, another of this key is not added", async () => {
    await using db = await testDatabase();
    await send(db, "first", "k");
    await send(db, "second", "k");
    await send(db, "other", "l");
    expect(await stored(db, "data")).toEqual([{ data: { id: "first" } }, { data: { id: "other" } }]);
  });

  test("its row is the one pg-boss itself would write", async () => {
    await using db = await testDatabase();
    await using _running = await startWorker(db);
    const boss = new PgBoss({ connectionString: db.appUrl, migrate: false, createSchema: false, supervise: false });
    await boss.start();
    await boss.createQueue(note.name, queueOptions(note));
    await boss.send(note.name, { id: "same" }, { singletonKey: "by-boss" });
    await send(db, "same", "by-us");
    await boss.stop({ graceful: false });
    const own = new Set(["id", "created_on", "start_after", "keep_until", "singleton_key"]);
    const [theirs, ours] = (await stored(db)).map((row) => Object.entries(row).filter(([key]) => !own.has(key)));
    expect(ours).toEqual(theirs);
  });

  test("the application's login owns nothing of the tables and cannot change them", async () => {
    await using db = await testDatabase();
    await expect(db.pool.query("alter table pgboss.job add column x int")).rejects.toThrow(/owner/);
    await expect(db.pool.query("create table pgboss.mine (x int)")).rejects.toThrow(/permission denied/);
  });
});

describe("running", () => {
  test("an organisation that asks for much at once waits for itself: others come after its first", async () => {
    await using db = await testDatabase();
    const long = defineJob({
      ...{ name: "sites.read", payload: z.object({ orgId: z.string() }), concurrency: 1, takesTurns: true },
    });
    const ask = (orgId: string) => db.orgDb.withOrg(orgId, (tx) => jobs.send(tx, long, { orgId }));
    for (let at = 0; at < 5; at++) await ask("org_a");
    await ask("org_b");
    await ask("org_c");
    await ask("org_b");
    await using running = await startWorker(db);
    const done: string[] = [];
    await running.worker.handle(long, async ({ orgId }) => void done.push(orgId.slice(-1)));
    await waitUntil(() => done.length === 8);
    expect(done.join("")).toBe("abcabaaa");
  });

  test("a sent job starts within a second at idle; a burst of 300 is done without waiting for looks", async () => {
    await using db = await testDatabase();
    await using running = await startWorker(db);
    const done: string[] = [];
    await running.worker.handle(note, async ({ id }) => void done.push(id));
    await waitUntil(async () => {
      const { rows } = await db.asAdmin("select count(*)::int as n from pg_stat_activity where query ilike 'listen%'");
      return Number(rows[0]?.n) > 0;
    });
    const sentAt = systemClock.now();
    await send(db, "one");
    await waitUntil(() => done.length === 1, 5000);
    const latencyMs = systemClock.now() - sentAt;
    expect(latencyMs).toBeLessThan(1000);
    const burstAt = systemClock.now();
    await db.orgDb.withOrg("org_a", async (tx) => {
      for (let at = 0; at < 300; at++) await jobs.send(tx, note, { id: `burst-${at}` });
    });
    await waitUntil(() => done.length === 301, 20_000);
    const burstMs = systemClock.now() - burstAt;
    expect(new Set(done).size).toBe(301);
    expect(burstMs).toBeLessThan(10_000);
  }, 40_000);

  test("a job that throws is run again, then kept as dead; its neighbours are done once, and no word of it is kept", async () => {
    await using db = await testDatabase();
    await using running = await startWorker(db);
    const runs: string[] = [];
    await running.worker.handle(note, async ({ id }, { attempt }) => {
      runs.push(`${id} ${attempt}`);
      if (id === "bad") throw new TypeError("the caller said: secret");
    });
    for (const id of ["a", "bad", "b"]) await send(db, id);
    const dead = () => db.asAdmin("select data from pgboss.job where name = 'dead-letters'");
    await waitUntil(async () => (await dead()).rows.length === 1, 25_000);
    expect(runs.sort()).toEqual(["a 0", "b 0", "bad 0", "bad 1"]);
    expect((await dead()).rows).toEqual([{ data: { id: "bad" } }]);
    expect(JSON.stringify(await stored(db, "output"))).not.toContain("secret");
    expect(running.lines.join()).not.toContain("secret");
    expect(running.lines.join()).toContain("a job failed for the last time");
  }, 40_000);

  test("a worker that stops aborts a job in flight and puts it back; the next one does it", async () => {
    await using db = await testDatabase();
    const runs: string[] = [];
    {
      const { worker } = await startWorker(db);
      await worker.handle(note, async ({ id }, { signal }) => {
        runs.push(`${id} begun`);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        runs.push(`${id} aborted`);
      });
      await send(db, "slow");
      await waitUntil(() => runs.length === 1, 5000);
      await worker.stop(1000);
    }
    await using next = await startWorker(db);
    await next.worker.handle(note, async ({ id }) => void runs.push(`${id} done`));
    await waitUntil(() => runs.includes("slow done"), 15_000);
    expect(runs).toEqual(["slow begun", "slow aborted", "slow done"]);
  }, 40_000);
});
