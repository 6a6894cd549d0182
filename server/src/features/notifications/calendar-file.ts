/** An appointment as calendars take it from a mail. */
import type { ToldAppointment } from "./notification-parts.ts";

export interface CalendarFile {
  readonly method: "REQUEST" | "CANCEL";
  readonly content: string;
}

/** Later changes have a greater number: calendars drop what is older than what they have. Whole seconds since 2026. */
export const sequenceOf = (happenedAtMs: number): number =>
  Math.max(0, Math.floor((happenedAtMs - Date.UTC(2026, 0, 1)) / 1000));

interface Invited {
  readonly appointment: Pick<ToldAppointment, "id" | "service" | "startsAtMs" | "endsAtMs">;
  readonly method: CalendarFile["method"];
  readonly happenedAtMs: number;
  readonly business: string;
  /** Of who is invited, and of who invites. */
  readonly to: string;
  readonly organizer: string;
}

export async function makeCalendarFile(invited: Invited): Promise<CalendarFile> {
  const { appointment, method, happenedAtMs, business, to, organizer } = invited;
  const ical = await import("ical-generator");
  const calendar = ical.default({
    prodId: { company: "Parley", product: "Parley" },
    method: method === "CANCEL" ? ical.ICalCalendarMethod.CANCEL : ical.ICalCalendarMethod.REQUEST,
  });
  const event = calendar.createEvent({
    id: appointment.id,
    sequence: sequenceOf(happenedAtMs),
    stamp: new Date(happenedAtMs),
    start: new Date(appointment.startsAtMs),
    end: new Date(appointment.endsAtMs),
    summary: `${appointment.service} (${business})`,
    organizer: { name: business, email: organizer },
    status: method === "CANCEL" ? ical.ICalEventStatus.CANCELLED : ical.ICalEventStatus.CONFIRMED,
  });
  event.createAttendee({ email: to, rsvp: true });
  return { method, content: calendar.toString() };
}
