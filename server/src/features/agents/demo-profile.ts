/** What the demo's appointments go by, from the same facts its agents tell: each agent books for its own practice. */
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import type { BusinessProfile, Weekday } from "../appointments/index.ts";

export function demoAgentId(business: DemoBusiness): string {
  return business === brightSmileArabic ? "agent_demo_ar" : "agent_demo";
}

export function demoProfile(agentId: string): BusinessProfile {
  const business = [brightSmileArabic, brightSmileEnglish].find((each) => demoAgentId(each) === agentId);
  const { facts, timeZone, language } = business ?? brightSmileEnglish;
  const openingHours: Partial<Record<Weekday, { from: string; to: string }[]>> = {};
  for (const { weekday, opens, closes } of facts.hours) {
    const day = weekday as Weekday;
    openingHours[day] = [...(openingHours[day] ?? []), { from: opens, to: closes }];
  }
  const services = facts.services.map((service) => ({
    name: service.name,
    durationMs: (service.durationMinutes ?? 30) * 60_000,
    aliases: service.aliases,
  }));
  return {
    timeZone,
    country: language === "ar-EG" ? "EG" : "US",
    services,
    openingHours,
    slotEveryMs: 30 * 60_000,
    minNoticeMs: 60 * 60_000,
    maxAheadDays: 90,
  };
}
