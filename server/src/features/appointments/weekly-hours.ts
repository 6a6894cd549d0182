/** Opening hours as owners write them, as appointments go by them. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { weekdays } from "@parley/contract/agent-parts";
import type { BusinessProfile, Weekday } from "./business-profile.ts";

type WrittenHours = NonNullable<AgentConfig["openingHours"]>;
type WrittenRange = WrittenHours["weekly"]["monday"][number];
type Ranges = { from: string; to: string }[];

const isOvernight = ({ opens, closes }: WrittenRange) => closes <= opens;

/** 1 is Monday. A range over midnight is two, one on each day; in order. Absent hours: always open. */
export function weeklySpans(hours: WrittenHours | undefined): { weekday: number; opens: string; closes: string }[] {
  const spans = weekdays.flatMap((name, index) => {
    const ranges = hours === undefined ? [{ opens: "00:00", closes: "24:00" }] : hours.weekly[name];
    return ranges.flatMap((range) => {
      const weekday = index + 1;
      if (!isOvernight(range)) return [{ weekday, ...range }];
      const rest = { weekday: (weekday % 7) + 1, opens: "00:00", closes: range.closes };
      return [{ weekday, opens: range.opens, closes: "24:00" }, ...(range.closes === "00:00" ? [] : [rest])];
    });
  });
  return spans.sort((a, b) => a.weekday - b.weekday || (a.opens < b.opens ? -1 : 1));
}

/** Days with hours of their own. One that comes every year is written out for the years that can be booked. */
function specialHoursOf(hours: WrittenHours | undefined, nowMs: number): Record<string, Ranges> {
  const year = new Date(nowMs).getUTCFullYear();
  const days = (hours?.holidays ?? []).flatMap(({ date, hours: other }) => {
    const ranges = other.map(({ opens, closes }) => ({ from: opens, to: closes <= opens ? "24:00" : closes }));
    const dates = date.length > 5 ? [date] : [year - 1, year, year + 1, year + 2].map((each) => `${each}-${date}`);
    return dates.map((each) => ({ date: each, ranges, isYearly: date.length === 5 }));
  });
  // A date of one year goes before the one that comes every year.
  const inOrder = days.toSorted((a, b) => Number(b.isYearly) - Number(a.isYearly));
  return Object.fromEntries(inOrder.map(({ date, ranges }) => [date, ranges]));
}

/** Absent: always open. */
export function bookableHours(
  hours: WrittenHours | undefined,
  nowMs: number,
): Pick<BusinessProfile, "openingHours" | "specialHours"> {
  const openingHours: Partial<Record<Weekday, Ranges>> = {};
  for (const { weekday, opens, closes } of weeklySpans(hours)) {
    const day = weekday as Weekday;
    openingHours[day] = [...(openingHours[day] ?? []), { from: opens, to: closes }];
  }
  return { openingHours, specialHours: specialHoursOf(hours, nowMs) };
}
