/** What the demo organisation's appointments go by, from the same facts its agents tell. */
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import type { BusinessProfile, Weekday } from "../appointments/index.ts";

/** One calendar: the English practice's hours; services are known by both agents' words. */
export function demoProfile(): BusinessProfile {
  const { facts, timeZone } = brightSmileEnglish;
  const openingHours: Partial<Record<Weekday, { from: string; to: string }[]>> = {};
  for (const { weekday, opens, closes } of facts.hours) {
    const day = weekday as Weekday;
    openingHours[day] = [...(openingHours[day] ?? []), { from: opens, to: closes }];
  }
  const services = [...facts.services, ...brightSmileArabic.facts.services].map((service) => ({
    name: service.name,
    durationMs: (service.durationMinutes ?? 30) * 60_000,
    aliases: service.aliases,
  }));
  return {
    timeZone,
    country: "US",
    services,
    openingHours,
    slotEveryMs: 30 * 60_000,
    minNoticeMs: 60 * 60_000,
    maxAheadDays: 90,
  };
}
