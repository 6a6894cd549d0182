/** When a business is open, on its own wall clock: summer time needs no arithmetic here. */

import type { AgentConfig } from "@parley/contract/agent-config";
import { weekdays } from "@parley/contract/agent-parts";
import { DateTime } from "luxon";

export type OpeningHours = NonNullable<AgentConfig["openingHours"]>;
export type OpenRange = OpeningHours["weekly"]["monday"][number];

const isOvernight = ({ opens, closes }: OpenRange) => closes <= opens;

/** The ranges that begin on this local day; a holiday's instead of the weekday's. */
function rangesOf(hours: OpeningHours, day: DateTime): readonly OpenRange[] {
  const date = day.toISODate() ?? "";
  const holiday =
    hours.holidays.find((each) => each.date === date) ?? hours.holidays.find((each) => each.date === date.slice(5));
  const weekday = weekdays[day.weekday - 1];
  return holiday?.hours ?? (weekday === undefined ? [] : hours.weekly[weekday]);
}

/** Absent hours: always open. */
export function isOpenAt(
  hours: OpeningHours | undefined,
  { timeZone, atMs }: { timeZone: string; atMs: number },
): boolean {
  if (hours === undefined) return true;
  const local = DateTime.fromMillis(atMs, { zone: timeZone });
  const time = local.toFormat("HH:mm");
  const isOpenSince = rangesOf(hours, local).some(
    (range) => range.opens <= time && (isOvernight(range) || time < range.closes),
  );
  const lastNight = rangesOf(hours, local.minus({ days: 1 }));
  return isOpenSince || lastNight.some((range) => isOvernight(range) && time < range.closes);
}
