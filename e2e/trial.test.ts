/** The short form of `npm run trial`: broken vendors and nonsense for half a minute. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { runChaos } from "./trial/chaos.ts";
import { runFuzz } from "./trial/fuzz.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world?.close(), 60_000);

test("nonsense at every door is borne", { timeout: 60_000 }, async () => {
  expect((await runFuzz(world, { durationMs: 4000, seed: 7 })).problems).toEqual([]);
});

test("vendors that break and mend while calls run leave nobody without an answer", { timeout: 120_000 }, async () => {
  const report = await runChaos(world, { durationMs: 15_000, crowd: 3, seed: 3 });
  expect(report.problems).toEqual([]);
  expect(report.calls).toBeGreaterThanOrEqual(3);
});
