/** Opening hours and free slots against what the caller asked for. */
import { DateTime } from "luxon";
import { sayDate, sayTime } from "../wording/spoken.ts";
import type { Desk, DialogueState } from "./state.ts";

const maxOffers = 3;

/** The wished start as ISO with offset; undefined until day and time are known. */
export function readStartsAt(state: DialogueState, desk: Desk): string | undefined {
  const { date, time } = state.slots;
  if (date === undefined || time === undefined) return undefined;
  const at = DateTime.fromISO(`${date}T${time}:00`, { zone: desk.timeZone });
  return at.isValid ? (at.toISO({ suppressMilliseconds: true }) ?? undefined) : undefined;
}

export function isClosedOn(date: string, desk: Desk): boolean {
  const { weekday } = DateTime.fromISO(date);
  return desk.facts.hours.length > 0 && !desk.facts.hours.some((span) => span.weekday === weekday);
}

export function isOpenAt(date: string, time: string, desk: Desk): boolean {
  const { weekday } = DateTime.fromISO(date);
  const spans = desk.facts.hours.filter((span) => span.weekday === weekday);
  return desk.facts.hours.length === 0 || spans.some((span) => time >= span.opens && time < span.closes);
}

function isInPart(hour: number, part: DialogueState["slots"]["partOfDay"]): boolean {
  if (part === "morning") return hour < 12;
  if (part === "afternoon") return hour >= 12 && hour < 18;
  return part === undefined || hour >= 17;
}

/** The free slots to read out: those nearest to the wished time, or of the wished part of the day, in order. */
export function pickOffers(state: DialogueState, desk: Desk): readonly string[] {
  const { date, time, partOfDay } = state.slots;
  const free = (date === undefined ? undefined : state.availability.get(date)) ?? [];
  const upcoming = free.filter((slot) => Date.parse(slot) > desk.nowMs);
  const wished = readStartsAt({ ...state, slots: { ...(date ? { date } : {}), ...(time ? { time } : {}) } }, desk);
  if (wished !== undefined) {
    const at = Date.parse(wished);
    const nearest = [...upcoming].sort((a, b) => Math.abs(Date.parse(a) - at) - Math.abs(Date.parse(b) - at));
    return nearest.slice(0, 2).sort((a, b) => Date.parse(a) - Date.parse(b));
  }
  const inPart = upcoming.filter((slot) => isInPart(DateTime.fromISO(slot, { zone: desk.timeZone }).hour, partOfDay));
  const pool = inPart.length > 0 ? inPart : upcoming;
  if (pool.length <= maxOffers) return pool;
  return [0, Math.floor(pool.length / 2), pool.length - 1].flatMap((index) => pool[index] ?? []);
}

/** Whether the wished time is among the day's free slots; undefined where the calendar was not asked or failed. */
export function isFree(state: DialogueState, desk: Desk): boolean | undefined {
  const startsAt = readStartsAt(state, desk);
  const free = state.slots.date === undefined ? undefined : state.availability.get(state.slots.date);
  if (startsAt === undefined || free === undefined) return undefined;
  return free.some((slot) => Date.parse(slot) === Date.parse(startsAt));
}

export function sayStart(iso: string, state: DialogueState, desk: Desk): string {
  const at = DateTime.fromISO(iso, { zone: desk.timeZone });
  const day = sayDate(at.toFormat("yyyy-MM-dd"), state.language);
  const time = sayTime(at.toFormat("HH:mm"), state.language);
  return state.language === "ar" ? `${day} ${time}` : `${day} at ${time}`;
}

export function saySlotTime(iso: string, state: DialogueState, desk: Desk): string {
  return sayTime(DateTime.fromISO(iso, { zone: desk.timeZone }).toFormat("HH:mm"), state.language);
}
