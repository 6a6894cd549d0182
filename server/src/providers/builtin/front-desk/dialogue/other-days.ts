/** A day without a free slot: the nearest following days are looked at, and what they have is offered. */
import { DateTime } from "luxon";
import { isClosedOn } from "./schedule.ts";
import type { Desk, DialogueState } from "./state.ts";

/** Looks into the calendar in one turn stay few: the caller waits. */
const maxDaysAhead = 3;

function followingDays(date: string, desk: Desk): string[] {
  const start = DateTime.fromISO(date);
  const days = Array.from({ length: 10 }, (_, index) => start.plus({ days: index + 1 }).toFormat("yyyy-MM-dd"));
  return days.filter((day) => !isClosedOn(day, desk)).slice(0, maxDaysAhead);
}

function hasFree(date: string, state: DialogueState, desk: Desk): boolean {
  return (state.availability.get(date) ?? []).some((slot) => Date.parse(slot) > desk.nowMs);
}

/** Whether the calendar was asked and has nothing left on the wished day. */
export function isFull(state: DialogueState, desk: Desk): boolean {
  const { date } = state.slots;
  return date !== undefined && state.availability.get(date) !== undefined && !hasFree(date, state, desk);
}

/** The nearest following day with something free, the next day to ask the calendar for, or neither. */
export function findOtherDay(state: DialogueState, desk: Desk): { readonly free?: string; readonly ask?: string } {
  for (const day of followingDays(state.slots.date ?? "", desk)) {
    if (!state.availability.has(day)) return { ask: day };
    if (hasFree(day, state, desk)) return { free: day };
  }
  return {};
}

/** What was offered in place of a full day is what the caller now answers about; a wish that no day can meet is let go. */
export function moveToOfferedDay(state: DialogueState, desk: Desk): void {
  if (!isFull(state, desk)) return;
  const { free } = findOtherDay(state, desk);
  const { date: _, time: __, ...rest } = state.slots;
  state.slots = free === undefined ? rest : { ...rest, date: free };
}
