/** Google Calendar v3 as it is on the wire. */
import { createHash } from "node:crypto";
import { DateTime } from "luxon";
import { z } from "zod";
import type { ExternalEvent, NewEvent } from "../../features/calendars/calendar.port.ts";
import type { ProviderErrorCategory } from "../../kernel/app-error.ts";

/** Ours, on every event we write; a person who moves the event does not see it. */
export const mark = "parleyAppointment";

const moment = z.object({ dateTime: z.string().optional(), date: z.string().optional() });

export const eventResource = z.object({
  id: z.string(),
  etag: z.string().optional(),
  status: z.string().optional(),
  transparency: z.string().optional(),
  start: moment.optional(),
  end: moment.optional(),
  attendees: z.array(z.object({ self: z.boolean().optional(), responseStatus: z.string().optional() })).optional(),
  extendedProperties: z.object({ private: z.record(z.string(), z.string()).optional() }).optional(),
});
export type EventResource = z.output<typeof eventResource>;

export const eventPage = z.object({
  items: z.array(eventResource).default([]),
  timeZone: z.string().optional(),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
});

export const calendarPage = z.object({
  items: z
    .array(
      z.object({
        id: z.string(),
        summary: z.string().default(""),
        summaryOverride: z.string().optional(),
        timeZone: z.string().optional(),
        primary: z.boolean().optional(),
        accessRole: z.string().optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
});

/** Letters a to v and digits alone; the same for the same appointment. */
export const eventIdOf = (appointmentId: string): string =>
  `p${createHash("sha256").update(appointmentId).digest("hex").slice(0, 40)}`;

/** A day without hours begins at midnight where the calendar is. */
function momentMs(given: z.output<typeof moment> | undefined, timeZone: string): number {
  if (given?.dateTime !== undefined) return DateTime.fromISO(given.dateTime, { zone: timeZone }).toMillis();
  return given?.date === undefined ? Number.NaN : DateTime.fromISO(given.date, { zone: timeZone }).toMillis();
}

export const appointmentOf = (event: EventResource): string | undefined => event.extendedProperties?.private?.[mark];

export const isGone = (event: EventResource): boolean => event.status === "cancelled";

const isDeclined = (event: EventResource) =>
  event.attendees?.some(({ self, responseStatus }) => self === true && responseStatus === "declined") ?? false;

/** Undefined for an event without times. */
export function toExternalEvent(event: EventResource, timeZone = "UTC"): ExternalEvent | undefined {
  const startMs = momentMs(event.start, timeZone);
  const endMs = momentMs(event.end, timeZone);
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) return undefined;
  const appointmentId = appointmentOf(event);
  return {
    ...{ externalId: event.id, startMs, endMs },
    isBusy: !isGone(event) && event.transparency !== "transparent" && !isDeclined(event),
    ...(event.etag === undefined ? {} : { etag: event.etag }),
    ...(appointmentId === undefined ? {} : { appointmentId }),
  };
}

const iso = (atMs: number, timeZone: string) =>
  DateTime.fromMillis(atMs, { zone: timeZone }).toISO({ suppressMilliseconds: true });

export function eventBody(event: NewEvent) {
  const { appointmentId, startMs, endMs, timeZone, title, description, location } = event;
  return {
    ...{ status: "confirmed", transparency: "opaque", summary: title, description },
    ...(location === undefined ? {} : { location }),
    start: { dateTime: iso(startMs, timeZone), timeZone },
    end: { dateTime: iso(endMs, timeZone), timeZone },
    extendedProperties: { private: { [mark]: appointmentId } },
  };
}

const failure = z.object({ error: z.object({ errors: z.array(z.object({ reason: z.string() })).min(1) }) });
const limits = new Set(["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"]);

/** A 403 may be a limit, or a calendar that is read only: the account itself is fine then. */
export function categoryOf(status: number, body: unknown): ProviderErrorCategory | undefined {
  if (status !== 403) return undefined;
  const reason = failure.safeParse(body).data?.error.errors[0]?.reason;
  if (reason === undefined) return undefined;
  if (limits.has(reason)) return "rate-limit";
  return reason === "authError" || reason === "insufficientPermissions" ? "auth" : "bad-request";
}
