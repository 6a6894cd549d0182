import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { eventsOf } from "./events-of-files.ts";
import { applyWish, emptyFile, eventsIn, parseFile } from "./ical-events.ts";

const file = (...events: string[][]) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN"]
    .concat(...events.map((lines) => ["BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260101T000000Z", ...lines, "END:VEVENT"]))
    .concat("END:VCALENDAR", "")
    .join("\r\n");
const source = { href: "/a/u1.ics", etag: '"1"', homeZone: "UTC" };
const between = (from: string, to: string) => ({ startMs: Date.parse(from), endMs: Date.parse(to) });
const startsOf = (text: string, from: string, to: string) =>
  eventsIn(text, { source, range: between(from, to) }).map(({ startMs }) => new Date(startMs).toISOString());

describe("a recurring event", () => {
  const weekly = ["DTSTART;TZID=Africa/Cairo:20260401T100000", "DTEND;TZID=Africa/Cairo:20260401T103000"];

  test("keeps its hour on the wall when the clocks change, also where the file does not describe its zone", () => {
    const text = file([...weekly, "RRULE:FREQ=WEEKLY"]);
    // Cairo goes to summer time on 24 April 2026.
    expect(startsOf(text, "2026-04-20T00:00:00Z", "2026-05-01T00:00:00Z")).toEqual([
      "2026-04-22T08:00:00.000Z",
      "2026-04-29T07:00:00.000Z",
    ]);
  });

  test("leaves out what was excepted, moves what was moved, and ends when it ends", () => {
    const moved = ["RECURRENCE-ID;TZID=Africa/Cairo:20260415T100000", "DTSTART;TZID=Africa/Cairo:20260415T150000"];
    const text = file(
      [...weekly, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Africa/Cairo:20260408T100000"],
      [...moved, "DTEND;TZID=Africa/Cairo:20260415T153000"],
    );
    expect(startsOf(text, "2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z")).toEqual([
      ...["2026-04-01T08:00:00.000Z", "2026-04-15T13:00:00.000Z", "2026-04-22T08:00:00.000Z"],
    ]);
  });

  test("whose occurrence was cancelled or marked as free is not busy then", () => {
    const at = ["RECURRENCE-ID;TZID=Africa/Cairo:20260408T100000", "DTSTART;TZID=Africa/Cairo:20260408T100000"];
    const cancelled = [...at, "DTEND;TZID=Africa/Cairo:20260408T103000", "STATUS:CANCELLED"];
    const text = file([...weekly, "RRULE:FREQ=WEEKLY;COUNT=2"], cancelled);
    const found = eventsIn(text, { source, range: between("2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z") });
    expect(found.map(({ isBusy }) => isBusy)).toEqual([true, false]);
    expect(new Set(found.map(({ externalId }) => externalId)).size).toBe(2);
  });

  test("of many years is not counted from its beginning, and falls on the same days", () => {
    const daily = ["DTSTART;TZID=Africa/Cairo:20000101T100000", "DTEND;TZID=Africa/Cairo:20000101T103000"];
    const excepted = "EXDATE;TZID=Africa/Cairo:20260423T100000";
    const text = file([...daily, "RRULE:FREQ=DAILY;INTERVAL=3", excepted]);
    expect(startsOf(text, "2026-04-20T00:00:00Z", "2026-04-29T00:00:00Z")).toEqual([
      ...["2026-04-20T08:00:00.000Z", "2026-04-26T07:00:00.000Z"],
    ]);
    const twice = file([...daily, "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,MO"]);
    expect(startsOf(twice, "2026-04-18T00:00:00Z", "2026-05-03T00:00:00Z")).toEqual([
      ...["2026-04-18T08:00:00.000Z", "2026-04-27T07:00:00.000Z", "2026-05-02T07:00:00.000Z"],
    ]);
  });

  test.for([
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31",
  ])("that never comes (%s) is given up, and takes of what its answer may take", (rule) => {
    const text = file(["DTSTART:20250101T100000Z", "DTEND:20250101T110000Z", `RRULE:${rule}`]);
    const range = between("2026-04-18T00:00:00Z", "2026-05-03T00:00:00Z");
    const effort = { left: 30_000 };
    for (let files = 0; files < 20; files++) expect(eventsIn(text, { source, range, effort })).toEqual([]);
    expect(effort.left).toBe(0);
  });

  test("holds up nobody for long, however many there are in an answer", async () => {
    const text = file([
      "DTSTART:20250101T100000Z",
      "DTEND:20250101T110000Z",
      "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    ]);
    const files = Array.from({ length: 100 }, () => ({ ...source, text }));
    const range = between("2026-04-18T00:00:00Z", "2026-05-03T00:00:00Z");
    let turns = 0;
    const beat = setInterval(() => turns++, 1);
    const reading = eventsOf(files, { range, clock: systemClock, signal: new AbortController().signal });
    await expect(reading).rejects.toMatchObject({ category: "protocol" });
    clearInterval(beat);
    expect(turns).toBeGreaterThan(2);
  });

  test("that would never end, every second, is given up soon", () => {
    const text = file(["DTSTART:19700101T000000Z", "DTEND:19700101T000001Z", "RRULE:FREQ=SECONDLY"]);
    const begunMs = performance.now();
    expect(startsOf(text, "2026-04-20T00:00:00Z", "2026-05-01T00:00:00Z")).toEqual([]);
    expect(performance.now() - begunMs).toBeLessThan(3000);
  });
});

test("a day without hours, an event without an end and one with a duration have their times; nonsense has none", () => {
  expect(startsOf(file(["DTSTART;VALUE=DATE:20260401"]), "2026-04-01T12:00:00Z", "2026-04-01T13:00:00Z")).toHaveLength(
    1,
  );
  expect(
    startsOf(file(["DTSTART:20260401T100000Z", "DURATION:PT1H"]), "2026-04-01T10:30:00Z", "2026-04-01T12:00:00Z"),
  ).toHaveLength(1);
  for (const text of ["", "BEGIN:VCALENDAR", "<html>", file(["DTSTART:yesterday"])]) {
    expect(startsOf(text, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")).toEqual([]);
  }
});

test("what others put into an event of ours stays when it is moved, and nothing said breaks out of its line", () => {
  const wish = {
    ...{
      appointmentId: "appt_1",
      startMs: Date.parse("2026-04-01T10:00:00Z"),
      endMs: Date.parse("2026-04-01T10:30:00Z"),
    },
    ...{ timeZone: "UTC", title: "Check-up; Mona\r\nATTENDEE:mailto:evil@example.com", description: "a, b" },
  };
  const first = applyWish(emptyFile(), wish, 0);
  expect(first).not.toMatch(/^ATTENDEE/m);
  const withAlarm = first.replace("END:VEVENT", "COLOR:red\r\nEND:VEVENT");
  const calendar = parseFile(withAlarm);
  if (calendar === undefined) throw new Error("it cannot be read");
  const second = applyWish(calendar, { ...wish, startMs: wish.startMs + 3_600_000, endMs: wish.endMs + 3_600_000 }, 0);
  expect(second).toMatch(/COLOR:red/);
  expect(second).toMatch(/SEQUENCE:1/);
  expect(startsOf(second, "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z")).toEqual(["2026-04-01T11:00:00.000Z"]);
});
