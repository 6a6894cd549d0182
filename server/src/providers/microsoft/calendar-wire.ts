/** Microsoft Graph's events as they are on the wire. All times are asked for, and written, in UTC. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ExternalEvent, NewEvent } from "../../features/calendars/calendar.port.ts";

/** A named property of ours among the public ones; a person who moves the event does not see it. */
export const markId = "String {00020329-0000-0000-C000-000000000046} Name parleyAppointment";
export const expandMark = `singleValueExtendedProperties($filter=id eq '${markId}')`;

const moment = z.object({ dateTime: z.string(), timeZone: z.string().optional() });

export const eventResource = z.object({
  id: z.string(),
  "@odata.etag": z.string().optional(),
  "@removed": z.unknown().optional(),
  isCancelled: z.boolean().optional(),
  showAs: z.string().optional(),
  type: z.string().optional(),
  start: moment.optional(),
  end: moment.optional(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string() })).optional(),
});
export type EventResource = z.output<typeof eventResource>;

export const eventPage = z.object({
  value: z.array(eventResource),
  "@odata.nextLink": z.string().optional(),
  "@odata.deltaLink": z.string().optional(),
});

export const calendarPage = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      name: z.string().default(""),
      isDefaultCalendar: z.boolean().optional(),
      canEdit: z.boolean().optional(),
    }),
  ),
  "@odata.nextLink": z.string().optional(),
});

/** A UUID made of the appointment's id: the vendor takes a second event of the same one for the first. */
export function transactionIdOf(appointmentId: string): string {
  const hex = createHash("sha256").update(appointmentId).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** Without an offset, and with seven decimals. */
const momentMs = (given: z.output<typeof moment> | undefined) =>
  given === undefined ? Number.NaN : Date.parse(`${given.dateTime.replace(/(\.\d{3})\d+$/, "$1").replace(/Z$/, "")}Z`);

const isFree = (showAs: string | undefined) => showAs === "free" || showAs === "workingElsewhere";

export const isGone = (event: EventResource): boolean => event["@removed"] !== undefined || event.isCancelled === true;

export function toExternalEvent(event: EventResource): ExternalEvent | undefined {
  const startMs = momentMs(event.start);
  const endMs = momentMs(event.end);
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) return undefined;
  const etag = event["@odata.etag"];
  const appointmentId = event.singleValueExtendedProperties?.find(({ id }) => id.endsWith("parleyAppointment"))?.value;
  return {
    ...{ externalId: event.id, startMs, endMs, isBusy: !isGone(event) && !isFree(event.showAs) },
    ...(etag === undefined ? {} : { etag }),
    ...(appointmentId === undefined ? {} : { appointmentId }),
  };
}

const inUtc = (atMs: number) => ({ dateTime: new Date(atMs).toISOString().replace(/\.\d+Z$/, ""), timeZone: "UTC" });

export function eventBody(event: NewEvent) {
  return {
    ...{ subject: event.title, body: { contentType: "text", content: event.description }, showAs: "busy" },
    ...{ start: inUtc(event.startMs), end: inUtc(event.endMs) },
    ...(event.location === undefined ? {} : { location: { displayName: event.location } }),
  };
}

/** `after` makes it another transaction: the event of the first one was deleted. */
export const newEventBody = (event: NewEvent, after?: string) => ({
  ...eventBody(event),
  transactionId: transactionIdOf(after === undefined ? event.appointmentId : `${event.appointmentId} ${after}`),
  singleValueExtendedProperties: [{ id: markId, value: event.appointmentId }],
});

const failure = z.object({ error: z.object({ code: z.string(), "@event.existingEventId": z.string().optional() }) });

/** Of a repeated transaction, which is seen as 400 and as 409; `existingId` is not always told. */
export function duplicateOf(body: unknown): { existingId: string | undefined } | undefined {
  const parsed = failure.safeParse(body);
  if (parsed.data?.error.code !== "ErrorDuplicateTransactionId") return undefined;
  return { existingId: parsed.data.error["@event.existingEventId"] };
}
