import { expect, test } from "vitest";
import { testDatabase } from "../../testing/test-database.ts";
import { createPool } from "./connect.ts";
import { createFairTurns } from "./fair-turns.ts";
import { silentLog } from "./log-line.ts";
import { createOrgDb } from "./org-db.ts";

test("one organisation that asks for everything at once keeps no other from the database", async () => {
  await using database = await testDatabase();
  const pool = createPool({ url: database.appUrl, log: silentLog, max: 4 });
  const db = createOrgDb(pool);
  const held = Promise.withResolvers<void>();
  const inside: string[] = [];
  const hold = (orgId: string) =>
    db.withOrg(orgId, async () => {
      inside.push(orgId);
      await held.promise;
    });
  const greedy = Array.from({ length: 20 }, () => hold("org_greedy"));
  expect(await db.withOrg("org_other", async () => "served")).toBe("served");
  expect(inside.length).toBeLessThanOrEqual(3);
  held.resolve();
  await Promise.all(greedy);
  expect(inside).toHaveLength(20);
  await pool.end();
});

test("who waits too long is told so, and takes no turn from those behind", async () => {
  const turns = createFairTurns({ atOnce: 1, waitMs: 20 });
  const giveBack = await turns.take("a");
  await expect(turns.take("a")).rejects.toMatchObject({ code: "53300", isUnavailable: true });
  const next = turns.take("a");
  giveBack();
  (await next)();
  (await turns.take("a"))();
});
