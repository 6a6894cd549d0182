/** What a queue outlives: workers that are killed, two of them at once, and its own older tables. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import pg from "pg";
import { getRollbackPlans } from "pg-boss";
import { expect, test } from "vitest";
import { z } from "zod";
import { waitUntil } from "../../testing/running-platform.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { silentLog } from "../db/log-line.ts";
import { ownerRole } from "../db/roles.ts";
import { createJobSender } from "./job-sender.ts";
import { createJobWorker } from "./job-worker.ts";
import { defineJob } from "./queue.ts";
import { prepareQueueSchema } from "./queue-schema.ts";

const note = defineJob({ name: "notes.write", payload: z.object({ id: z.string() }), retryDelaySeconds: 1 });
const send = (db: TestDatabase, id: string) =>
  db.orgDb.withOrg("org_a", (tx) => createJobSender().send(tx, note, { id }));

async function startWorker(db: TestDatabase) {
  const worker = await createJobWorker({
    ...{ url: db.appUrl, log: silentLog },
    ...{ superviseEverySeconds: 1, heartbeatSeconds: 10 },
  });
  return { worker, [Symbol.asyncDispose]: () => worker.stop(1000) };
}

/** A worker in a process of its own that takes jobs and never ends one. */
const hangingWorker = `
  const [url, workerPath, queuePath, zodPath] = process.argv.slice(1);
  const { createJobWorker } = await import(workerPath);
  const { defineJob } = await import(queuePath);
  const { z } = await import(zodPath);
  const worker = await createJobWorker({ url, log: () => {}, superviseEverySeconds: 1, heartbeatSeconds: 10 });
  const note = defineJob({ name: "notes.write", payload: z.object({ id: z.string() }), retryDelaySeconds: 1 });
  await worker.handle(note, async ({ id }) => {
    process.stdout.write("begun " + id);
    await new Promise(() => {});
  });
  setInterval(() => {}, 1000);
`;

test("a worker that is killed leaves its jobs to the next: no sign of life for ten seconds, and they run again", async () => {
  await using db = await testDatabase();
  const paths = ["./job-worker.ts", "./queue.ts"].map((path) => new URL(path, import.meta.url).href);
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", hangingWorker, db.appUrl, ...paths, import.meta.resolve("zod")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  let said = "";
  child.stdout.on("data", (data: Buffer) => void (said += data.toString()));
  try {
    await send(db, "one");
    await waitUntil(() => said.includes("begun one"), 20_000);
    child.kill("SIGKILL");
    await exited;
    const done: string[] = [];
    await using next = await startWorker(db);
    await next.worker.handle(note, async ({ id }, { attempt }) => void done.push(`${id} ${attempt}`));
    // A neighbour's job is not held up by the dead one.
    await send(db, "two");
    await waitUntil(() => done.includes("two 0"), 5000);
    await waitUntil(() => done.length === 2, 30_000);
    expect(done).toEqual(["two 0", "one 1"]);
    await waitUntil(async () => {
      const { rows } = await db.asAdmin("select state from pgboss.job where name = 'notes.write'");
      return rows.every((row) => row["state"] === "completed");
    });
  } finally {
    child.kill("SIGKILL");
  }
}, 70_000);

test("a schedule runs once over all workers", async () => {
  await using db = await testDatabase();
  await using one = await startWorker(db);
  await using two = await startWorker(db);
  const runs: { by: string; atMs: number }[] = [];
  const note = (by: string) => async () => void runs.push({ by, atMs: Date.now() });
  await one.worker.schedule("notes.sweep", "* * * * *", note("one"));
  await two.worker.schedule("notes.sweep", "* * * * *", note("two"));
  await waitUntil(() => runs.length > 0, 60_000);
  // Whatever is still on its way of this minute.
  await waitUntil(async () => {
    const { rows } = await db.asAdmin(
      "select from pgboss.job where name in ('notes.sweep', '__pgboss__send-it') and state in ('created', 'active', 'retry')",
    );
    return rows.length === 0;
  });
  const minutes = runs.map(({ atMs }) => Math.floor(atMs / 60_000));
  expect(new Set(minutes).size).toBe(minutes.length);
  const { rows } = await db.asAdmin("select cron, timezone from pgboss.schedule where name = 'notes.sweep'");
  expect(rows).toEqual([{ cron: "* * * * *", timezone: "UTC" }]);
}, 90_000);

test("tables of older versions are brought up with the jobs in them; of a newer one they are refused", async () => {
  await using db = await testDatabase();
  const admin = new pg.Client({ connectionString: db.adminUrl });
  await admin.connect();
  try {
    const version = async () => Number((await admin.query("select version from pgboss.version")).rows[0]?.version);
    const indexes = async () =>
      (await admin.query("select indexdef from pg_indexes where schemaname = 'pgboss' order by indexname, indexdef"))
        .rows;
    const [newest, whole] = [await version(), await indexes()];
    await send(db, "kept");
    await admin.query(`set role ${ownerRole}`);
    for (let from = newest; from > newest - 6; from--) await admin.query(getRollbackPlans("pgboss", from));
    await admin.query("reset role");
    expect(await version()).toBe(newest - 6);
    await prepareQueueSchema(admin);
    expect(await version()).toBe(newest);
    expect(await indexes()).toEqual(whole);
    await send(db, "new");
    const done: string[] = [];
    {
      await using running = await startWorker(db);
      await running.worker.handle(note, async ({ id }) => void done.push(id));
      await waitUntil(() => done.length === 2, 15_000);
    }
    expect(done.sort()).toEqual(["kept", "new"]);
    await admin.query(`update pgboss.version set version = ${newest + 1}`);
    await expect(prepareQueueSchema(admin)).rejects.toMatchObject({ code: "setting_invalid" });
    expect(await version()).toBe(newest + 1);
  } finally {
    await admin.end();
  }
}, 60_000);
