/** What an agent's appointments go by, from the same facts that it tells. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { type BusinessProfile, bookableHours } from "../appointments/index.ts";

/** Undefined when it takes no appointments: nothing to book, or the tool is off. */
export function businessProfileOf(config: AgentConfig, nowMs: number): BusinessProfile | undefined {
  const { business, booking, tools } = config;
  if (business.services.length === 0 || tools["book_appointment"] === false) return undefined;
  return {
    timeZone: business.timeZone,
    country: business.country,
    language: config.language,
    services: business.services.map((service) => ({
      name: service.name,
      durationMs: (service.durationMinutes ?? 30) * 60_000,
      aliases: service.otherWords,
      bufferBeforeMinutes: service.bufferBeforeMinutes ?? 0,
      bufferAfterMinutes: service.bufferAfterMinutes ?? 0,
      ...(service.people === undefined ? {} : { people: service.people }),
    })),
    ...bookableHours(config.openingHours, nowMs),
    slotEveryMs: booking.slotEveryMinutes * 60_000,
    minNoticeMs: booking.noticeMinutes * 60_000,
    maxAheadDays: booking.daysAhead,
    identityCheck: booking.identityCheck,
  };
}
