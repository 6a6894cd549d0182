/** Booking conversations by telephone, with a model that reads back and confirms: the scenario files, through the whole program. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bookingClerk } from "../sandbox/src/language-model/booking-clerk.ts";
import { readScenario } from "../sandbox/src/telephone/scenario.ts";
import { startWorld, told, type World } from "./world.ts";

const folder = join(import.meta.dirname, "../sandbox/scenarios/booking");
const read = (name: string) => readScenario(readFileSync(join(folder, `${name}.yaml`), "utf8"), name);

describe.concurrent("bookings by telephone", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    world.openAi.setReplies(bookingClerk);
  }, 60_000);
  afterAll(() => world?.close(), 60_000);

  test.each([["en-interrupts-offer"], ["en-corrects-digit"], ["en-existing-patient"], ["ar-changes-mind"]])(
    "%s",
    {
      timeout: 150_000,
    },
    async (name) => {
      const call = await world.call({ ...read(name) });
      expect(call.passed, told(call)).toBe(true);
    },
  );
});
