import { DateTime } from "luxon";

export interface Hours {
  /** `HH:mm`. */
  readonly from: string;
  readonly to: string;
}

/** When they end that are on now; undefined when none are. Over midnight too; `from` equal to `to` is never. Unix milliseconds. */
export function endOfQuiet(hours: Hours | null, atMs: number, zone: string): number | undefined {
  if (hours === null || hours.from === hours.to) return undefined;
  const now = DateTime.fromMillis(atMs, { zone });
  const time = now.toFormat("HH:mm");
  const { from, to } = hours;
  const isQuiet = from < to ? time >= from && time < to : time >= from || time < to;
  if (!isQuiet) return undefined;
  const end = atTime(now, to);
  return (end <= now ? atTime(now.plus({ days: 1 }), to) : end).toMillis();
}

/** That time of that day. One that the clock leaps over is the one after the leap. */
export function atTime(day: DateTime, time: string): DateTime {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return day.startOf("day").set({ hour, minute });
}

/** When a reminder goes out: at that time of the day before. Undefined when that is over. Unix milliseconds. */
export function reminderTime(
  appointment: { readonly startsAtMs: number; readonly time: string; readonly zone: string },
  nowMs: number,
): number | undefined {
  const { startsAtMs, time, zone } = appointment;
  const dayBefore = DateTime.fromMillis(startsAtMs, { zone }).minus({ days: 1 });
  const atMs = atTime(dayBefore, time).toMillis();
  return atMs <= nowMs ? undefined : atMs;
}
