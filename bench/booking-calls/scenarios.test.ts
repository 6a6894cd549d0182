/** The scenario files of bookings, each on the built-in front desk and on a model stand-in, with the real tools and a real book. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../sandbox/src/telephone/scenario.ts";
import { createFrontDesk } from "../../server/src/providers/builtin/front-desk/index.ts";
import type { SimulatedCall } from "../../server/src/testing/simulate-call.ts";
import { testDatabase } from "../../server/src/testing/test-database.ts";
import { openBookingGround } from "./booking-ground.ts";
import { holdRound } from "./hold-round.ts";
import { createClerk, holdScenario } from "./hold-scenario.ts";

const folder = join(import.meta.dirname, "../../sandbox/scenarios/booking");
const scenarios = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => readScenario(readFileSync(join(folder, file), "utf8"), file));
const models = [
  ["the front desk", (clock: SimulatedCall["clock"]) => createFrontDesk({ clock })],
  ["a model stand-in", createClerk],
] as const;

describe.each(models)("bookings by %s", (_name, model) => {
  test.each(["en", "ar"] as const)("all scenarios, %s", { timeout: 60_000 }, async (language) => {
    await using db = await testDatabase();
    const ground = await openBookingGround(db.orgDb);
    const own = scenarios.filter(({ name }) => name.startsWith(`booking-${language}-`));
    expect(own).toHaveLength(8);
    for (const scenario of own) {
      const held = await holdScenario({ ground, language, model }, scenario);
      const about = `${scenario.name}\n${held.heard.join("\n")}`;
      for (const tool of scenario.expect.tools.called) expect(held.deeds, about).toContain(tool);
      for (const phrase of scenario.expect.heard.contains) {
        expect(held.heard.join(" "), about).toMatch(new RegExp(phrase, "iu"));
      }
      expect(held.refused, about).toBe(0);
      expect(held.endedBy, about).toBe("agent-ended");
      expect(held.bargeIns, about).toBe(scenario.name.endsWith("interrupts-offer") ? 1 : 0);
    }
    // Each once; the caller whose husband comes too has two.
    expect(await ground.rows(language)).toHaveLength(9);
  });
});

test("simulated callers find every field as they wanted it", { timeout: 60_000 }, async () => {
  await using db = await testDatabase();
  const { calls } = await holdRound(db.orgDb, { name: "test", seed: 3, count: 10 });
  expect(calls.flatMap(({ wrong, transcript }) => (wrong.length > 0 ? [wrong, ...transcript] : []))).toEqual([]);
  expect(calls).toHaveLength(20);
});
