/** Which of the free times are offered, and the sentence for it. A caller keeps two or three in mind, not twenty. */
import { DateTime } from "luxon";
import { wordsOf } from "./spoken-times.ts";

export interface OfferTongue {
  /** BCP-47. */
  readonly language: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

const mostOffers = 3;
const minuteMs = 60_000;

/** The nearest to a moment; whole hours are easier to keep in mind, so one a little farther away is as near. */
function nearest(slots: readonly DateTime[], targetMs: number): DateTime | undefined {
  const cost = (slot: DateTime) =>
    Math.abs(slot.toMillis() - targetMs) + (slot.minute === 0 ? 0 : slot.minute === 30 ? 16 : 31) * minuteMs;
  return slots.toSorted((a, b) => cost(a) - cost(b))[0];
}

/** Spread over the day: its first, its last, what lies between. In order. */
function spread(slots: readonly DateTime[], count: number): DateTime[] {
  const first = slots[0];
  const last = slots.at(-1);
  if (first === undefined || last === undefined || slots.length <= count) return [...slots];
  if (count === 1) return [first];
  const lengthMs = last.toMillis() - first.toMillis();
  const chosen = new Set<DateTime>([first]);
  for (let step = 1; step < count; step++) {
    const rest = slots.filter((slot) => !chosen.has(slot));
    const found = nearest(rest, first.toMillis() + (lengthMs * step) / (count === 2 ? 1.5 : count - 1));
    if (found !== undefined) chosen.add(found);
  }
  return [...chosen].sort((a, b) => a.toMillis() - b.toMillis());
}

/** Unix milliseconds in; the two or three worth saying, by day. */
function chooseOffers(slots: readonly number[], timeZone: string): DateTime[][] {
  const byDay = new Map<string, DateTime[]>();
  for (const slot of slots.toSorted((a, b) => a - b)) {
    const at = DateTime.fromMillis(slot, { zone: timeZone });
    const day = at.toISODate() ?? "";
    byDay.set(day, [...(byDay.get(day) ?? []), at]);
  }
  const [first, second] = [...byDay.values()];
  if (first === undefined) return [];
  if (second === undefined) return [spread(first, mostOffers)];
  const ofFirst = spread(first, 2);
  return [ofFirst, spread(second, mostOffers - ofFirst.length)];
}

/**
 * "tomorrow at ten or half past two", "بكرة الساعة عشرة أو اتنين ونص". `slots` are Unix milliseconds; with none, the sentence that
 * nothing is free.
 */
export function spokenOffers(slots: readonly number[], { language, timeZone, nowMs }: OfferTongue): string {
  const words = wordsOf(language);
  const today = DateTime.fromMillis(nowMs, { zone: timeZone });
  const days = chooseOffers(slots, timeZone).flatMap((times) => {
    const [first] = times;
    return first === undefined
      ? []
      : [
          words.at(
            words.day(first, today),
            times.map((each) => words.time(each)),
          ),
        ];
  });
  return days.length === 0 ? words.nothing : days.join(words.betweenDays);
}
