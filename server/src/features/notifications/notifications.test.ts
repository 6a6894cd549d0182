import { notificationSettings } from "@parley/contract/notifications";
import { describe, expect, test } from "vitest";
import { countSegments } from "./count-segments.ts";
import { endOfQuiet, reminderTime } from "./quiet-hours.ts";
import { readReply } from "./read-reply.ts";
import { dayAndTime, textOf } from "./templates.ts";

describe("what a text is paid by", () => {
  test.each([
    ["", 1],
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    // Of the alphabet's second page: two letters each.
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    ["م".repeat(70), 1],
    ["م".repeat(71), 2],
    ["م".repeat(134), 2],
    ["م".repeat(135), 3],
    [`${"a".repeat(69)}’`, 1],
    [`${"a".repeat(70)}’`, 2],
    ["😀".repeat(35), 1],
    ["😀".repeat(36), 2],
  ])("%#: %s", (text, segments) => {
    expect(countSegments(text)).toBe(segments);
  });
});

describe("quiet hours", () => {
  const night = { from: "21:00", to: "08:00" };
  const end = (at: string, hours: { from: string; to: string } | null = night, zone = "Africa/Cairo") => {
    const endMs = endOfQuiet(hours, Date.parse(at), zone);
    return endMs === undefined ? undefined : new Date(endMs).toISOString();
  };

  test("go over midnight, and end by the organisation's clock", () => {
    expect(end("2026-01-10T18:59:00Z")).toBeUndefined();
    expect(end("2026-01-10T19:00:00Z")).toBe("2026-01-11T06:00:00.000Z");
    expect(end("2026-01-11T05:59:00Z")).toBe("2026-01-11T06:00:00.000Z");
    expect(end("2026-01-11T06:00:00Z")).toBeUndefined();
    expect(end("2026-01-11T11:30:00Z", { from: "13:00", to: "14:00" })).toBe("2026-01-11T12:00:00.000Z");
    expect(end("2026-01-11T02:00:00Z", null)).toBeUndefined();
    expect(end("2026-01-11T02:00:00Z", { from: "08:00", to: "08:00" })).toBeUndefined();
  });

  test("end at eight on the day on which the clocks change too", () => {
    expect(end("2026-03-08T06:30:00Z", night, "America/New_York")).toBe("2026-03-08T12:00:00.000Z");
    expect(end("2026-11-01T05:30:00Z", night, "America/New_York")).toBe("2026-11-01T13:00:00.000Z");
  });

  test("a reminder goes out at its hour of the day before, if that is still to come", () => {
    const startsAtMs = Date.parse("2026-03-09T14:00:00Z");
    const about = { startsAtMs, time: "10:00", zone: "America/New_York" };
    expect(new Date(reminderTime(about, Date.parse("2026-03-01T00:00:00Z")) ?? 0).toISOString()).toBe(
      "2026-03-08T14:00:00.000Z",
    );
    expect(reminderTime(about, Date.parse("2026-03-08T14:00:00Z"))).toBeUndefined();
  });
});

test.each([
  ["C", "confirm"],
  [" c!", "confirm"],
  ["Yes.", "confirm"],
  ["تأكيد", "confirm"],
  ["أيوه", "confirm"],
  ["x", "cancel"],
  ["إلغاء", "cancel"],
  ["STOP", "stop"],
  ["Stop.", "stop"],
  ["CANCEL", "stop"],
  ["إيقاف", "stop"],
  ["Start", "start"],
  ["help", "help"],
  ["please stop by at ten", "words"],
  ["can I cancel and come on Monday?", "words"],
  ["", "words"],
])("a text %j is read as %s", (text, meaning) => {
  expect(readReply(text)).toBe(meaning);
});

describe("an owner's own text", () => {
  const settings = (text: string) =>
    notificationSettings.safeParse({ texts: [{ kind: "reminder", language: "en", text }] });

  test("stands instead of the built-in one; how to answer is added", () => {
    const own = settings("Hi {{ name }}, see you {{day}}, {{time}}!").data;
    if (own === undefined) throw new Error("it was refused");
    const variables = { ...dayAndTime(Date.parse("2026-11-24T08:05:00Z"), "Africa/Cairo", "en") };
    const about = { name: "Salma\nSTOP", business: "Bright Smile", service: "cleaning", phone: "+1", ...variables };
    expect(textOf({ kind: "reminder", language: "en", variables: about, settings: own })).toBe(
      "Hi Salma STOP, see you Tuesday 24 November, 10:05 AM! Reply C to confirm, X to cancel, STOP to end texts.",
    );
  });

  test("that names something unknown is refused with its place and what there is", () => {
    const [issue] = settings("Hi {{nme}}").error?.issues ?? [];
    expect(issue?.path).toEqual(["texts", 0, "text"]);
    expect(issue?.message).toContain("{{nme}}, which is not known. There are {{name}}, {{business}}");
  });
});
