/** Months and days as texts of the organisation's calendar: `2026-11`, `2026-11-21`. They hold no hours, so no change of the clock touches them. */
import { DateTime } from "luxon";

const utc = { zone: "utc" } as const;
const asDay = (day: string) => DateTime.fromISO(day, utc);

export interface Month {
  /** `2026-11`. */
  readonly name: string;
  readonly first: string;
  readonly last: string;
  readonly days: number;
}

export function monthOf(dayOrMonth: string): Month {
  const first = asDay(dayOrMonth).startOf("month");
  return {
    name: first.toFormat("yyyy-MM"),
    first: first.toFormat("yyyy-MM-dd"),
    last: first.endOf("month").toFormat("yyyy-MM-dd"),
    days: first.daysInMonth ?? 30,
  };
}

export const nextMonth = (month: Month): Month => monthOf(asDay(month.last).plus({ days: 1 }).toFormat("yyyy-MM-dd"));

export const dayBefore = (day: string): string => asDay(day).minus({ days: 1 }).toFormat("yyyy-MM-dd");

/** Both days count. */
export const daysFromTo = (from: string, to: string): number => asDay(to).diff(asDay(from), "days").days + 1;

/** The day it is there. */
export const localDay = (atMs: number, timeZone: string): string =>
  DateTime.fromMillis(atMs, { zone: timeZone }).toFormat("yyyy-MM-dd");
