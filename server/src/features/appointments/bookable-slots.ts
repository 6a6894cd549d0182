/** Which times of the book may be had, and what to offer instead of one that may not. */
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Bookable, Choice } from "./bookable-calendars.ts";
import {
  type BusinessProfile,
  freeSlots,
  type Interval,
  isBookable,
  isWithinOpening,
  localDate,
  localWords,
  openingsOn,
  parseLocalTime,
  type Service,
} from "./business-profile.ts";
import { type BusyOutside, type BusyTimes, readBusy, standingIn } from "./busy-times.ts";
import { spokenOffers } from "./spoken-offers.ts";

export const failed = (publicMessage: string) => ({ ok: false, publicMessage }) as const;

export function slotAt(profile: BusinessProfile, startsAt: string, durationMs: number): Interval | undefined {
  const startMs = parseLocalTime(profile, startsAt);
  return startMs === undefined ? undefined : { startMs, endMs: startMs + durationMs };
}

/** What is looked for, and in which calendars. */
export interface SlotSearch {
  readonly profile: BusinessProfile;
  readonly choice: Choice;
  readonly durationMs: number;
  readonly buffers: Buffers;
  readonly nowMs: number;
  readonly outside: BusyOutside | undefined;
  /** An appointment that is being moved. */
  readonly exceptId?: string | undefined;
}

export interface Buffers {
  readonly beforeMs: number;
  readonly afterMs: number;
}

export const buffersOf = (service: Pick<Service, "bufferBeforeMinutes" | "bufferAfterMinutes">): Buffers => ({
  beforeMs: (service.bufferBeforeMinutes ?? 0) * 60_000,
  afterMs: (service.bufferAfterMinutes ?? 0) * 60_000,
});

/** Why this time cannot be had whoever else has booked; undefined when it can. */
export async function refuse(tx: OrgTx, search: SlotSearch, slot: Interval) {
  const { profile, choice, nowMs } = search;
  if (slot.startMs < nowMs) return failed("That time has passed. Offer a coming one.");
  const bookable = choice.calendars.filter((each) => isBookable(each.profile, slot.startMs, nowMs));
  if (bookable.length === 0) {
    const { maxAheadDays, minNoticeMs } =
      choice.calendars.length === 1 ? (choice.calendars[0]?.profile ?? profile) : profile;
    return failed(
      `Appointments can be made up to ${maxAheadDays} days ahead, and not within the next ${Math.round(minNoticeMs / 60_000)} minutes.`,
    );
  }
  if (bookable.some((each) => isWithinOpening(each.profile, slot))) return undefined;
  return failed(`We are closed then. ${await alternatives(tx, search, slot)}`);
}

/** That somebody has it, or is about to: who only asks for it may not get it after all. */
export async function taken(tx: OrgTx, search: SlotSearch, slot: Interval) {
  const { nowMs, exceptId, choice, buffers } = search;
  const range = { startMs: slot.startMs - buffers.beforeMs, endMs: slot.endMs + buffers.afterMs };
  const standing = await standingIn(tx, { ...range, nowMs, exceptId });
  const ids = new Set(choice.calendars.map(({ id }) => id ?? null));
  const there = standing.filter(({ calendarId }) => ids.has(calendarId));
  const isOnlyHeld = there.length > 0 && there.every(({ status }) => status === "held");
  const why = isOnlyHeld ? "Somebody else is asking for that time right now." : "That time is taken.";
  return failed(`${why} ${await alternatives(tx, search, slot)}`);
}

/** The nearest free times of that day, or of the next day that has any. */
async function alternatives(tx: OrgTx, search: SlotSearch, slot: Interval): Promise<string> {
  const { profile, nowMs } = search;
  for (let day = 0; day < 10; day++) {
    const date = localDate(profile, slot.startMs + day * 86_400_000);
    const starts = [...(await slotsOn(tx, search, date)).keys()].filter((start) => start !== slot.startMs);
    const nearest = starts.toSorted((a, b) => Math.abs(a - slot.startMs) - Math.abs(b - slot.startMs)).slice(0, 3);
    if (nearest.length === 0) continue;
    const inOrder = nearest.sort((a, b) => a - b);
    const { language, timeZone } = profile;
    const say = language === undefined ? "" : ` Say: ${spokenOffers(inOrder, { language, timeZone, nowMs })}.`;
    return `Free instead: ${inOrder.map((start) => localWords(profile, start)).join("; ")}.${say}`;
  }
  return "Nothing is free in the days after it either.";
}

function* openingRanges(choice: Choice, date: string): Generator<Interval> {
  for (const { profile } of choice.calendars) yield* openingsOn(profile, date);
}

/** Free starts of a local day in order, Unix milliseconds, and the calendars that are free then (`""`: the implied one). */
export async function slotsOn(tx: OrgTx, search: SlotSearch, date: string): Promise<Map<number, string[]>> {
  const { choice, buffers, nowMs, exceptId, outside } = search;
  const openings = [...openingRanges(choice, date)];
  if (openings.length === 0) return new Map();
  const startMs = Math.min(...openings.map((open) => open.startMs)) - buffers.beforeMs;
  const endMs = Math.max(...openings.map((open) => open.endMs)) + buffers.afterMs;
  const calendarIds = choice.calendars.map(({ id }) => id);
  const busy = await readBusy(tx, { startMs, endMs, calendarIds, nowMs, exceptId }, outside);
  return freeIn(search, { date, busy });
}

function freeIn(search: SlotSearch, { date, busy }: { date: string; busy: BusyTimes }): Map<number, string[]> {
  const { choice, durationMs, buffers, nowMs } = search;
  const free = new Map<number, string[]>();
  for (const { id = "", profile } of choice.calendars) {
    const occupied = busy.ofCalendar.get(id) ?? [];
    for (const start of freeSlots({ profile, date, durationMs, ...buffers, taken: occupied, nowMs })) {
      if (!isRoomFree(search, busy, start)) continue;
      free.set(start, [...(free.get(start) ?? []), id]);
    }
  }
  return new Map([...free].sort(([a], [b]) => a - b));
}

function isRoomFree({ choice, durationMs, buffers }: SlotSearch, busy: BusyTimes, start: number): boolean {
  if (choice.rooms === undefined) return true;
  const range = { startMs: start - buffers.beforeMs, endMs: start + durationMs + buffers.afterMs };
  return choice.rooms.some((room) => !touches(busy.ofRoom.get(room), range));
}

const touches = (occupied: readonly Interval[] | undefined, { startMs, endMs }: Interval) =>
  occupied?.some((other) => startMs < other.endMs && endMs > other.startMs) ?? false;

export interface Place {
  readonly calendar: Bookable;
  readonly room?: string;
}

/** Where the slot is free, as far as the book knows: whoever has least to do that day first, so that work is shared. */
export async function placesFor(tx: OrgTx, search: SlotSearch, slot: Interval): Promise<Place[]> {
  const { choice, buffers, nowMs, exceptId, outside, profile } = search;
  const range = { startMs: slot.startMs - buffers.beforeMs, endMs: slot.endMs + buffers.afterMs };
  const day = openingsOn(profile, localDate(profile, slot.startMs));
  const whole = {
    startMs: Math.min(range.startMs, ...day.map((open) => open.startMs)),
    endMs: Math.max(range.endMs, ...day.map((open) => open.endMs)),
  };
  const calendarIds = choice.calendars.map(({ id }) => id);
  const busy = await readBusy(tx, { ...whole, calendarIds, nowMs, exceptId }, outside);
  const rooms = choice.rooms?.filter((room) => !touches(busy.ofRoom.get(room), range));
  const able = choice.calendars.filter(
    ({ id = "", profile: own }) =>
      isBookable(own, slot.startMs, nowMs) && isWithinOpening(own, slot) && !touches(busy.ofCalendar.get(id), range),
  );
  const load = ({ id = "" }: Bookable) => busy.ofCalendar.get(id)?.length ?? 0;
  const inOrder = able.toSorted((a, b) => load(a) - load(b));
  if (rooms === undefined) return inOrder.map((calendar) => ({ calendar }));
  return inOrder.flatMap((calendar) => rooms.map((room) => ({ calendar, room })));
}
