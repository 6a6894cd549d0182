import { agentConfig } from "@parley/contract/agent-config";
import { describe, expect, test } from "vitest";
import { weeklySpans } from "../appointments/index.ts";
import { isOpenAt, type OpeningHours } from "./opening-times.ts";

function hours(input: unknown): OpeningHours {
  const { openingHours } = agentConfig.parse({ name: "x", openingHours: input });
  if (openingHours === undefined) throw new Error("no hours");
  return openingHours;
}

const openAt = (open: OpeningHours, timeZone: string) => (iso: string) =>
  isOpenAt(open, { timeZone, atMs: Date.parse(iso) });

const nineToFive = { opens: "09:00", closes: "17:00" };
const everyDay = (ranges: readonly object[]) =>
  Object.fromEntries(
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [day, ranges]),
  );

describe("opening hours keep to the wall clock when summer time begins and ends", () => {
  test("New York: nine is nine on the days around the change of March and November", () => {
    const at = openAt(hours({ weekly: everyDay([nineToFive]) }), "America/New_York");
    // 2026-03-08 is the first day of summer time: -5 the day before, -4 from then on.
    expect(at("2026-03-07T13:59:00Z")).toBe(false);
    expect(at("2026-03-07T14:00:00Z")).toBe(true);
    expect(at("2026-03-08T12:59:00Z")).toBe(false);
    expect(at("2026-03-08T13:00:00Z")).toBe(true);
    expect(at("2026-03-08T21:00:00Z")).toBe(false);
    // 2026-11-01 is the first day of winter time.
    expect(at("2026-10-31T13:00:00Z")).toBe(true);
    expect(at("2026-11-01T13:59:00Z")).toBe(false);
    expect(at("2026-11-01T14:00:00Z")).toBe(true);
  });

  test("Cairo: the clock jumps at midnight of the last Friday of April and back after the last Thursday of October", () => {
    const at = openAt(hours({ weekly: everyDay([{ opens: "10:00", closes: "22:00" }]) }), "Africa/Cairo");
    expect(at("2026-04-23T07:59:00Z")).toBe(false);
    expect(at("2026-04-23T08:00:00Z")).toBe(true);
    expect(at("2026-04-24T06:59:00Z")).toBe(false);
    expect(at("2026-04-24T07:00:00Z")).toBe(true);
    expect(at("2026-04-24T18:59:00Z")).toBe(true);
    expect(at("2026-04-24T19:00:00Z")).toBe(false);
    expect(at("2026-10-29T07:00:00Z")).toBe(true);
    expect(at("2026-10-30T07:59:00Z")).toBe(false);
    expect(at("2026-10-30T08:00:00Z")).toBe(true);
  });

  test("a night in which an hour does not exist, or comes twice, is open until it closes", () => {
    const at = openAt(hours({ weekly: { saturday: [{ opens: "20:00", closes: "02:30" }] } }), "America/New_York");
    // The night to 2026-03-08: 01:59 is followed by 03:00.
    expect(at("2026-03-08T06:59:00Z")).toBe(true);
    expect(at("2026-03-08T07:00:00Z")).toBe(false);
    // The night to 2026-11-01: 01:30 comes twice.
    expect(at("2026-11-01T05:30:00Z")).toBe(true);
    expect(at("2026-11-01T06:30:00Z")).toBe(true);
    expect(at("2026-11-01T07:29:00Z")).toBe(true);
    expect(at("2026-11-01T07:30:00Z")).toBe(false);
  });
});

describe("the week and its exceptions", () => {
  test("over midnight, at the very end, and on days that are closed", () => {
    const weekly = { friday: [{ opens: "18:00", closes: "00:30" }], monday: [{ opens: "09:00", closes: "24:00" }] };
    const at = openAt(hours({ weekly }), "UTC");
    expect(at("2026-11-27T18:00:00Z")).toBe(true);
    expect(at("2026-11-28T00:29:00Z")).toBe(true);
    expect(at("2026-11-28T00:30:00Z")).toBe(false);
    expect(at("2026-11-23T23:59:00Z")).toBe(true);
    expect(at("2026-11-24T00:00:00Z")).toBe(false);
  });

  test("a holiday closes a day or gives it other hours; one of a year goes before one of every year", () => {
    const holidays = [
      { date: "12-25" },
      { date: "12-24", hours: [{ opens: "09:00", closes: "12:00" }] },
      { date: "2027-12-25", hours: [nineToFive] },
    ];
    const at = openAt(hours({ weekly: everyDay([nineToFive]), holidays }), "Europe/London");
    expect(at("2026-12-24T11:59:00Z")).toBe(true);
    expect(at("2026-12-24T12:00:00Z")).toBe(false);
    expect(at("2026-12-25T12:00:00Z")).toBe(false);
    expect(at("2027-12-25T12:00:00Z")).toBe(true);
    expect(at("2026-12-26T12:00:00Z")).toBe(true);
  });

  test("without hours it is always open", () => {
    expect(isOpenAt(undefined, { timeZone: "UTC", atMs: 0 })).toBe(true);
  });

  test("a range over midnight is told as two, in the order of the week", () => {
    const spans = weeklySpans(
      hours({ weekly: { sunday: [{ opens: "18:00", closes: "01:00" }], monday: [nineToFive] } }),
    );
    expect(spans).toEqual([
      { weekday: 1, opens: "00:00", closes: "01:00" },
      { weekday: 1, ...nineToFive },
      { weekday: 7, opens: "18:00", closes: "24:00" },
    ]);
  });
});
