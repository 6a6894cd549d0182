/** Which calendars a wish may be booked in, each with the hours and rules that hold there. */
import type { CalendarLink, CalendarSettings } from "@parley/contract/calendars";
import type { KnownCalendar } from "../calendars/index.ts";
import { type BusinessProfile, fold, type Service } from "./business-profile.ts";
import { bookableHours } from "./weekly-hours.ts";

export interface Bookable {
  /** Undefined: the implied calendar. */
  readonly id: string | undefined;
  readonly name: string;
  readonly profile: BusinessProfile;
  readonly link?: CalendarLink;
  readonly whenUnreachable: "provisional" | "message";
}

export interface Choice {
  /** Any of them; never empty. */
  readonly calendars: readonly Bookable[];
  /** One of these rooms too; undefined when it needs none. */
  readonly rooms?: readonly string[];
}

export interface CalendarWish {
  readonly profile: BusinessProfile;
  readonly service: Service;
  /** Whom the caller asked for. */
  readonly person?: string | undefined;
  readonly nowMs: number;
}

type Refusal = { readonly ok: false; readonly publicMessage: string };

/** The agent's rules, and what differs here. A day on which the business is closed stays closed unless the calendar says otherwise. */
export function profileIn(profile: BusinessProfile, settings: CalendarSettings, nowMs: number): BusinessProfile {
  const own = settings.openingHours && bookableHours(settings.openingHours, nowMs);
  const closed = Object.entries(profile.specialHours ?? {}).filter(([, ranges]) => ranges.length === 0);
  return {
    ...profile,
    timeZone: settings.timeZone ?? profile.timeZone,
    ...(own && {
      openingHours: own.openingHours,
      specialHours: { ...Object.fromEntries(closed), ...own.specialHours },
    }),
    slotEveryMs: settings.slotEveryMinutes === undefined ? profile.slotEveryMs : settings.slotEveryMinutes * 60_000,
    minNoticeMs: settings.noticeMinutes === undefined ? profile.minNoticeMs : settings.noticeMinutes * 60_000,
    maxAheadDays: settings.daysAhead ?? profile.maxAheadDays,
  };
}

const toBookable = (calendar: KnownCalendar, { profile, nowMs }: CalendarWish): Bookable => ({
  id: calendar.id,
  name: calendar.name,
  profile: profileIn(profile, calendar.settings, nowMs),
  ...(calendar.link && { link: calendar.link }),
  whenUnreachable: calendar.settings.whenUnreachable ?? "provisional",
});

const titles = new Set([
  "dr",
  "doctor",
  "mr",
  "mrs",
  "ms",
  "miss",
  "prof",
  "professor",
  "دكتور",
  "دكتورة",
  "د",
  "الدكتور",
  "الدكتورة",
]);
const nameWords = (name: string) =>
  fold(name)
    .split(/[\s.,]+/)
    .filter((word) => word !== "" && !titles.has(word));

/** "Mona", "doctor mona", "Dr Mona Adel" all ask for Dr Mona Adel. */
function isAskedFor(name: string, asked: string): boolean {
  if (fold(name) === fold(asked)) return true;
  const words = nameWords(name);
  const wanted = nameWords(asked);
  return wanted.length > 0 && wanted.every((word) => words.includes(word));
}

const lists = (names: readonly string[] | undefined, name: string) =>
  names?.some((each) => fold(each) === fold(name)) ?? false;

/** Where `known` is what the organisation has. Refuses in words when nobody does it. */
export function bookableFor(
  known: readonly KnownCalendar[],
  wish: CalendarWish,
): ({ readonly ok: true } & Choice) | Refusal {
  const { service, person, profile } = wish;
  const bookable = known.filter(({ isActive }) => isActive);
  const people = bookable.filter(({ kind }) => kind !== "room");
  if (known.length === 0) {
    return { ok: true, calendars: [{ id: undefined, name: "", profile, whenUnreachable: "provisional" }] };
  }
  const rooms = bookable.filter(({ kind, settings }) => kind === "room" && lists(settings.services, service.name));
  // Where nobody but rooms can be booked, a room is what is booked.
  const all = people.length > 0 ? people : bookable;
  const able = all.filter(
    ({ name, settings }) =>
      (settings.services === undefined || lists(settings.services, service.name)) &&
      (service.people === undefined || lists(service.people, name)),
  );
  const wanted =
    person === undefined || person.trim() === "" ? able : able.filter(({ name }) => isAskedFor(name, person));
  if (wanted.length > 0) {
    const calendars = wanted.map((calendar) => toBookable(calendar, wish));
    return { ok: true, calendars, ...(people.length > 0 && rooms.length > 0 && { rooms: rooms.map(({ id }) => id) }) };
  }
  if (able.length === 0)
    return { ok: false, publicMessage: `Nobody can be booked for ${service.name}. Offer to take a message.` };
  return {
    ok: false,
    publicMessage: `person: nobody of this name does ${service.name}. There are: ${able.map(({ name }) => name).join(", ")}.`,
  };
}
