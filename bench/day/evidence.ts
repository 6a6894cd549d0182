/** What everybody has at the end of a day: the platform by its API, the vendors by their own records. */
import { listAppointments } from "@parley/contract/appointments";
import { listAuditEntries, verifyAuditLog } from "@parley/contract/audit";
import { listCalls } from "@parley/contract/calls";
import type { Client } from "@parley/contract/client";
import { listMessages } from "@parley/contract/messages";
import { listNotifications } from "@parley/contract/notifications";
import { listWebhookDeliveries, listWebhooks } from "@parley/contract/webhooks";
import { DateTime } from "luxon";
import { rangeOf as rangeOfGoogle } from "../../sandbox/src/google/calendars.ts";
import { rangeOf as rangeOfMicrosoft } from "../../sandbox/src/microsoft/events.ts";
import type { Evidence } from "../../scripts/check-agreement.ts";
import type { HeldCall } from "./callers.ts";
import { type DayGround, type LinkedCalendar, timeZone } from "./ground.ts";

type Event = Evidence["calendars"][number]["events"][number];
interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

async function readAll<T>(ask: (query: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await ask({ limit: 100, ...(cursor ? { cursor } : {}) });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

const iso = (atMs: number) => new Date(atMs).toISOString();
const eventOf = ({ startMs, endMs }: { startMs: number; endMs: number }, appointmentId: string | undefined): Event => ({
  ...{ appointmentId: appointmentId ?? null, startsAt: iso(startMs), endsAt: iso(endMs) },
});

function googleEvents({ google }: DayGround, calendarId: string): Event[] {
  const { items } = google.calendars.list(calendarId, new URLSearchParams());
  return items.map((event) => eventOf(rangeOfGoogle(event), Object.values(event.extendedProperties?.private ?? {})[0]));
}

function microsoftEvents({ microsoft }: DayGround, calendarId: string): Event[] {
  const query = new URLSearchParams({ startDateTime: "2020-01-01T00:00:00Z", endDateTime: "2040-01-01T00:00:00Z" });
  const standing = microsoft.events.view(calendarId, query);
  return standing.map((event) =>
    eventOf(
      rangeOfMicrosoft({ ...event, calendarId } as Parameters<typeof rangeOfMicrosoft>[0]),
      event.singleValueExtendedProperties?.[0]?.value,
    ),
  );
}

/** The files themselves: one for each event. */
async function caldavEvents({ radicale }: DayGround, calendarId: string): Promise<Event[]> {
  const whole = await (await radicale?.server.ask("GET", calendarId))?.text();
  const atMs = (event: string, name: string) => {
    const [, zone, at = ""] = new RegExp(`^${name}(?:;TZID=([^:;]+))?[^:\\r\\n]*:(\\S+)`, "m").exec(event) ?? [];
    return DateTime.fromISO(at, { zone: at.endsWith("Z") ? "UTC" : (zone ?? "UTC") }).toMillis();
  };
  return (whole ?? "")
    .replace(/\r?\n[ \t]/g, "")
    .split("BEGIN:VEVENT")
    .slice(1)
    .map((event) =>
      eventOf(
        { startMs: atMs(event, "DTSTART"), endMs: atMs(event, "DTEND") },
        /^X-PARLEY-APPOINTMENT:(\S+)/im.exec(event)?.[1],
      ),
    );
}

async function eventsOf(ground: DayGround, { vendor, externalCalendarId }: LinkedCalendar): Promise<Event[]> {
  if (vendor === "google") return googleEvents(ground, externalCalendarId);
  if (vendor === "microsoft") return microsoftEvents(ground, externalCalendarId);
  return vendor === "caldav" ? await caldavEvents(ground, externalCalendarId) : [];
}

const appointmentsOf = async (client: Client) =>
  (
    await Promise.all(
      (["held", "active", "cancelled"] as const).map((status) =>
        readAll((query) => client.ask(listAppointments, { query: { ...query, status } })),
      ),
    )
  ).flat();

const spoken = (startsAt: string) =>
  DateTime.fromISO(startsAt, { zone: timeZone }).setLocale("en").toFormat("cccc d LLLL 'at' h:mm a");

/** As the record has them: by telephone, and nobody spoke. */
async function countMissed(client: Client): Promise<number> {
  const calls = await readAll((query) => client.ask(listCalls, { query: { ...query, channel: "phone" } }));
  return calls.filter(({ turns }) => turns === 0).length;
}

export async function collectEvidence(ground: DayGround, calls: readonly HeldCall[]): Promise<Evidence> {
  const { client } = ground;
  const appointments = await appointmentsOf(client);
  const endpoints = await readAll((query) => client.ask(listWebhooks, { query }));
  const deliveries = await Promise.all(
    endpoints.map(({ id }) => readAll((query) => client.ask(listWebhookDeliveries, { params: { id }, query }))),
  );
  const calendars = ground.calendars.map(async (calendar) => ({
    ...{ id: calendar.id, isLinked: calendar.vendor !== "none", events: await eventsOf(ground, calendar) },
  }));
  const texts = [...ground.twilio.messages.values()].filter(({ direction }) => direction === "outbound-api");
  return {
    ...{ appointments, deliveries: deliveries.flat(), calendars: await Promise.all(calendars) },
    messages: await readAll((query) => client.ask(listMessages, { query })),
    notifications: await readAll((query) => client.ask(listNotifications, { query })),
    texts: texts.map(({ to, body }) => ({ to, body })),
    mails: ground.mail.taken
      .map(({ messageId }) => ({ messageId }))
      .filter(({ messageId }) => messageId.startsWith("ntf")),
    mailAnswersLost: ground.mail.lost(),
    webhooks: ground.webhooks.told,
    audit: await readAll((query) => client.ask(listAuditEntries, { query })),
    auditState: (await client.ask(verifyAuditLog, {})).state,
    deeds: calls.flatMap(({ callId, deeds }) =>
      callId === undefined ? [] : deeds.map((deed) => ({ callId, ...deed })),
    ),
    lostCalls: calls.flatMap(({ callId, isLost }) => (isLost && callId !== undefined ? [callId] : [])),
    lostUnknown: calls.filter(({ callId }) => callId === undefined).length,
    missedCalls: await countMissed(client),
    spokenTimes: Object.fromEntries(appointments.map(({ id, startsAt }) => [id, spoken(startsAt)])),
    atMs: Date.now(),
  };
}

/** Nothing is under way any more: what is to be done has been done, or is for another day. */
export async function isSettled({ client, webhooks }: DayGround): Promise<boolean> {
  const appointments = await appointmentsOf(client);
  if (appointments.some(({ status, sync }) => status === "held" || !["none", "synced"].includes(sync))) return false;
  const waiting = await readAll((query) => client.ask(listNotifications, { query: { ...query, status: "waiting" } }));
  const queued = await readAll((query) => client.ask(listNotifications, { query: { ...query, status: "queued" } }));
  if (queued.length > 0 || waiting.some(({ dueAt, kind }) => kind !== "reminder" || Date.parse(dueAt) <= Date.now())) {
    return false;
  }
  const endpoints = await readAll((query) => client.ask(listWebhooks, { query }));
  const deliveries = await Promise.all(
    endpoints.map(({ id }) => readAll((query) => client.ask(listWebhookDeliveries, { params: { id }, query }))),
  );
  return webhooks.told.length > 0 && deliveries.flat().every(({ status }) => status !== "pending");
}
