import { describe, expect, test } from "vitest";
import { compareMigrations } from "./migration-drift.ts";

const kept = { "0001-calls": "a", "0002-agents": "b" };
const found = [
  { name: "0001-calls", checksum: "a" },
  { name: "0002-agents", checksum: "b" },
];

describe("migrations against their record", () => {
  test("nothing to say when all are as recorded", () => {
    expect(compareMigrations(kept, found)).toEqual({ faults: [], fresh: [] });
  });

  test("an edited one is a fault that tells how to add a new one", () => {
    const { faults, fresh } = compareMigrations(kept, [{ name: "0001-calls", checksum: "edited" }, found[1]!]);
    expect(faults).toEqual([expect.stringMatching(/^0001-calls\.sql has changed.*new file.*scripts\/migrations\.ts/)]);
    expect(fresh).toEqual([]);
  });

  test("a removed one is a fault", () => {
    expect(compareMigrations(kept, found.slice(1)).faults).toEqual([expect.stringContaining("0001-calls.sql is gone")]);
  });

  test("a new one at the end is to be recorded", () => {
    const added = { name: "0003-tools", checksum: "c" };
    expect(compareMigrations(kept, [...found, added])).toEqual({ faults: [], fresh: [added] });
  });

  test("a new one among recorded ones, or with a taken number, is a fault", () => {
    const early = { name: "0001-before", checksum: "c" };
    expect(compareMigrations(kept, [early, ...found])).toEqual({
      faults: [
        expect.stringContaining("0001-before.sql would come before 0002-agents"),
        expect.stringContaining("0001-calls.sql: another migration has the number 0001"),
      ],
      fresh: [],
    });
  });
});
