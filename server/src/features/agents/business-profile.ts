/** What an agent's appointments go by, from the same facts that it tells. */
import type { AgentConfig } from "@parley/contract/agent-config";
import type { BusinessProfile, Weekday } from "../appointments/index.ts";
import { weeklySpans } from "./opening-times.ts";

type Ranges = { from: string; to: string }[];

function openingHoursOf(config: AgentConfig): Partial<Record<Weekday, Ranges>> {
  const hours: Partial<Record<Weekday, Ranges>> = {};
  for (const { weekday, opens, closes } of weeklySpans(config.openingHours)) {
    const day = weekday as Weekday;
    hours[day] = [...(hours[day] ?? []), { from: opens, to: closes }];
  }
  return hours;
}

/** Days with hours of their own. One that comes every year is written out for the years that can be booked. */
function specialHoursOf(config: AgentConfig, nowMs: number): Record<string, Ranges> {
  const year = new Date(nowMs).getUTCFullYear();
  const holidays = config.openingHours?.holidays ?? [];
  const days = holidays.flatMap(({ date, hours }) => {
    const ranges = hours.map(({ opens, closes }) => ({ from: opens, to: closes <= opens ? "24:00" : closes }));
    const dates = date.length > 5 ? [date] : [year - 1, year, year + 1, year + 2].map((each) => `${each}-${date}`);
    return dates.map((each) => ({ date: each, ranges, isYearly: date.length === 5 }));
  });
  // A date of one year goes before the one that comes every year.
  const inOrder = days.toSorted((a, b) => Number(b.isYearly) - Number(a.isYearly));
  return Object.fromEntries(inOrder.map(({ date, ranges }) => [date, ranges]));
}

/** Undefined when it takes no appointments: nothing to book, or the tool is off. */
export function businessProfileOf(config: AgentConfig, nowMs: number): BusinessProfile | undefined {
  const { business, booking, tools } = config;
  if (business.services.length === 0 || tools["book_appointment"] === false) return undefined;
  return {
    timeZone: business.timeZone,
    country: business.country,
    services: business.services.map((service) => ({
      name: service.name,
      durationMs: (service.durationMinutes ?? 30) * 60_000,
      aliases: service.otherWords,
    })),
    openingHours: openingHoursOf(config),
    specialHours: specialHoursOf(config, nowMs),
    slotEveryMs: booking.slotEveryMinutes * 60_000,
    minNoticeMs: booking.noticeMinutes * 60_000,
    maxAheadDays: booking.daysAhead,
  };
}
