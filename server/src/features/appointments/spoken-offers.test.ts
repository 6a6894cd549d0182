import { DateTime } from "luxon";
import { expect, test } from "vitest";
import { spokenOffers } from "./spoken-offers.ts";
import { spokenTime } from "./spoken-times.ts";

/** Monday 23 November 2026, 10:00 in Cairo. */
const timeZone = "Africa/Cairo";
const nowMs = DateTime.fromISO("2026-11-23T10:00", { zone: timeZone }).toMillis();
const at = (iso: string, zone = timeZone) => DateTime.fromISO(iso, { zone }).toMillis();
const on = (day: string, ...times: string[]) => times.map((time) => at(`${day}T${time}`));
const english = { language: "en-US", timeZone, nowMs };
const arabic = { language: "ar-EG", timeZone, nowMs };

test.each([
  [["2026-11-24", "10:00", "14:30"], "tomorrow at ten or half past two", "بكرة الساعة عشرة أو اتنين ونص"],
  [["2026-11-23", "12:00"], "today at noon", "النهارده الساعة اتناشر الضهر"],
  [
    ["2026-11-25", "09:15", "16:45"],
    "Wednesday at quarter past nine or quarter to five",
    "بعد بكرة الساعة تسعة وربع أو خمسة إلا ربع",
  ],
  [
    ["2026-11-26", "07:20", "19:40"],
    "Thursday at twenty past seven in the morning or twenty to eight in the evening",
    "يوم الخميس الساعة سبعة وتلت الصبح أو تمانية إلا تلت بالليل",
  ],
  [
    ["2026-12-01", "11:35"],
    "Tuesday the 1st of December at twenty-five to twelve",
    "يوم التلات 1 ديسمبر الساعة حداشر ونص وخمسة",
  ],
  [["2026-12-22", "13:07"], "Tuesday the 22nd of December at one oh 7", "يوم التلات 22 ديسمبر الساعة واحدة و7 دقيقة"],
])("%j is said so", ([day = "", ...times], inEnglish, inArabic) => {
  expect(spokenOffers(on(day, ...times), english)).toBe(inEnglish);
  expect(spokenOffers(on(day, ...times), arabic)).toBe(inArabic);
});

test("of a whole day three are offered, spread over it, whole hours first", () => {
  const day = Array.from({ length: 36 }, (_, index) => at("2026-11-24T08:00") + index * 15 * 60_000);
  expect(spokenOffers(day, english)).toBe("tomorrow at eight, noon or half past four");
  const half = Array.from({ length: 17 }, (_, index) => at("2026-11-24T09:00") + index * 30 * 60_000);
  expect(spokenOffers(half, english)).toBe("tomorrow at nine, one or five");
  expect(spokenOffers(half.toReversed(), english)).toBe("tomorrow at nine, one or five");
});

test("over several days: two of the first and one of the next", () => {
  const slots = [
    ...on("2026-11-24", "09:00", "10:00", "11:00", "15:00"),
    ...on("2026-11-26", "10:00", "11:00"),
    ...on("2026-11-27", "10:00"),
  ];
  expect(spokenOffers(slots, english)).toBe("tomorrow at nine or eleven, or Thursday at ten");
  expect(spokenOffers(on("2026-11-24", "09:00").concat(on("2026-11-26", "10:00", "12:00", "14:00")), arabic)).toBe(
    "بكرة الساعة تسعة، أو يوم الخميس الساعة عشرة أو اتناشر الضهر",
  );
});

test("nothing free is said too; today is today until the business's own midnight", () => {
  expect(spokenOffers([], english)).toBe("There is nothing free then.");
  expect(spokenOffers([], arabic)).toBe("مفيش مواعيد فاضية ساعتها.");
  const late = { ...english, nowMs: at("2026-11-23T23:59") };
  expect(spokenOffers(on("2026-11-24", "09:00"), late)).toBe("tomorrow at nine");
});

test("the day the clocks change is one day, and times are the wall's", () => {
  const zone = "America/New_York";
  const before = at("2026-10-31T22:00", zone);
  const say = (iso: string) => spokenTime(at(iso, zone), { language: "en", timeZone: zone, nowMs: before });
  expect(say("2026-11-01T09:00")).toBe("tomorrow at nine");
  expect(say("2026-11-02T09:00")).toBe("Monday at nine");
});
