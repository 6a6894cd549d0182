/** When a business takes appointments, and what for. Pure arithmetic in the business's own time zone. */
import { DateTime } from "luxon";

export interface Service {
  readonly name: string;
  readonly durationMs: number;
  /** Other words for it, in any language. */
  readonly aliases?: readonly string[];
  /** Kept free before and after each. */
  readonly bufferBeforeMinutes?: number;
  readonly bufferAfterMinutes?: number;
  /** Names of the calendars it is done in; absent: every one that does not say otherwise. */
  readonly people?: readonly string[];
}

export type IdentityCheck = "none" | "caller-number" | "name" | "caller-number-or-name";

/** 1 is Monday, 7 is Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface BusinessProfile {
  /** IANA name. */
  readonly timeZone: string;
  /** Two letters: how numbers without a country are read. */
  readonly country: string;
  readonly services: readonly Service[];
  /** `HH:mm` local times; a weekday that is absent is closed. */
  readonly openingHours: Readonly<Partial<Record<Weekday, readonly { readonly from: string; readonly to: string }[]>>>;
  /** `YYYY-MM-DD`. */
  readonly closedDates?: readonly string[];
  /** Instead of the weekday's hours, by `YYYY-MM-DD`. */
  readonly specialHours?: Readonly<Record<string, readonly { readonly from: string; readonly to: string }[]>>;
  readonly slotEveryMs: number;
  /** How soon from now the first slot may be. */
  readonly minNoticeMs: number;
  readonly maxAheadDays: number;
  /** BCP-47: what offers are spoken in; absent: no sentence is made. */
  readonly language?: string;
  /** Before an appointment is moved or cancelled by phone. `none` where absent. */
  readonly identityCheck?: IdentityCheck;
}

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** The service of this name or alias; the only or first one when none is named. Undefined when the name fits none. */
export function findService(profile: BusinessProfile, name: string | undefined): Service | undefined {
  if (name === undefined || name.trim() === "") return profile.services[0];
  const wanted = fold(name);
  const namesOf = (service: Service) => [service.name, ...(service.aliases ?? [])].map(fold);
  return (
    profile.services.find((service) => namesOf(service).includes(wanted)) ??
    profile.services.find((service) =>
      namesOf(service).some((known) => wanted.includes(known) || (wanted.length >= 4 && known.includes(wanted))),
    )
  );
}

export const fold = (text: string) => text.normalize("NFKC").trim().toLowerCase().replace(/\s+/g, " ");

/** Opening hours of one local day. `date` is `YYYY-MM-DD`. */
export function openingsOn(profile: BusinessProfile, date: string): Interval[] {
  const day = DateTime.fromISO(date, { zone: profile.timeZone });
  if (!day.isValid || profile.closedDates?.includes(date)) return [];
  return (profile.specialHours?.[date] ?? profile.openingHours[day.weekday] ?? []).map(({ from, to }) => ({
    startMs: DateTime.fromISO(`${date}T${from}`, { zone: profile.timeZone }).toMillis(),
    endMs: DateTime.fromISO(`${date}T${to}`, { zone: profile.timeZone }).toMillis(),
  }));
}

export interface SlotQuery {
  readonly profile: BusinessProfile;
  readonly date: string;
  readonly durationMs: number;
  /** Kept free around it. */
  readonly beforeMs?: number;
  readonly afterMs?: number;
  readonly taken: readonly Interval[];
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** Starts of free slots of that day, Unix milliseconds, in order. */
export function freeSlots(query: SlotQuery): number[] {
  const { profile, date, durationMs, beforeMs = 0, afterMs = 0, taken, nowMs } = query;
  const starts: number[] = [];
  for (const { startMs, endMs } of openingsOn(profile, date)) {
    for (let start = startMs; start + durationMs <= endMs; start += profile.slotEveryMs) {
      const isFree = !taken.some(
        (other) => start - beforeMs < other.endMs && start + durationMs + afterMs > other.startMs,
      );
      if (isFree && isBookable(profile, start, nowMs)) starts.push(start);
    }
  }
  return starts;
}

/** Neither too soon nor too far ahead. */
export function isBookable(profile: BusinessProfile, startMs: number, nowMs: number): boolean {
  return startMs >= nowMs + profile.minNoticeMs && startMs <= nowMs + profile.maxAheadDays * 86_400_000;
}

export function isWithinOpening(profile: BusinessProfile, slot: Interval): boolean {
  return openingsOn(profile, localDate(profile, slot.startMs)).some(
    (open) => slot.startMs >= open.startMs && slot.endMs <= open.endMs,
  );
}

export const localDate = (profile: BusinessProfile, atMs: number): string =>
  DateTime.fromMillis(atMs, { zone: profile.timeZone }).toISODate() ?? "";

/** `YYYY-MM-DD`, so many days later. */
export const shiftDate = (profile: BusinessProfile, date: string, days: number): string =>
  DateTime.fromISO(date, { zone: profile.timeZone }).plus({ days }).toISODate() ?? date;

/** With the business's own offset, to the second: `2026-11-23T10:00:00-05:00`. */
export const localIso = (profile: BusinessProfile, atMs: number): string =>
  DateTime.fromMillis(atMs, { zone: profile.timeZone }).toISO({ suppressMilliseconds: true }) ?? "";

/** As a person says it: `Monday 23 November at 10:00 AM`. */
export const localWords = (profile: BusinessProfile, atMs: number): string =>
  DateTime.fromMillis(atMs, { zone: profile.timeZone }).setLocale("en").toFormat("cccc d LLLL 'at' h:mm a");

/** An ISO time; without an offset it is the business's local time. Undefined when it is none. */
export function parseLocalTime(profile: BusinessProfile, text: string): number | undefined {
  if (!/T|\d \d/.test(text)) return undefined;
  const time = DateTime.fromISO(text.trim().replace(" ", "T"), { zone: profile.timeZone });
  return time.isValid ? time.toMillis() : undefined;
}

/** A date, or the date part of an ISO time. Undefined when it is none. */
export function parseLocalDate(profile: BusinessProfile, text: string): string | undefined {
  const date = DateTime.fromISO(text.trim(), { zone: profile.timeZone });
  return date.isValid ? (date.toISODate() ?? undefined) : undefined;
}
