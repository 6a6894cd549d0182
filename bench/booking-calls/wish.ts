/** What the callers of the bench want, and how each of them makes it hard. */
import { DateTime } from "luxon";
import { type BenchLanguage, demoOf, startMs } from "./business.ts";
import { createRandom, type Random } from "./random.ts";
import { tongueOf } from "./tongues.ts";

export const twists = [
  "new patient",
  "all in one sentence",
  "corrects a digit",
  "spells the name",
  "changes the mind",
  "interrupts the offer",
  "asks a price",
  "slot taken meanwhile",
  "moves an appointment",
  "moves one of several",
] as const;
export type Twist = (typeof twists)[number];

/** Every field that the book must show in the end. */
export interface Wanted {
  /** As the business's facts call it. */
  service: string;
  /** YYYY-MM-DD. */
  date: string;
  /** HH:mm; undefined: the caller takes what is offered. */
  time: string | undefined;
  name: string;
  /** National digits, as they are said. */
  phone: string;
}

export interface BookingCallScript {
  readonly number: number;
  readonly language: BenchLanguage;
  readonly twist: Twist;
  readonly wanted: Wanted;
  /** What the caller wants before the mind changes. */
  readonly atFirst: Partial<Wanted>;
  readonly prefers: "morning" | "afternoon" | undefined;
  readonly seed: number;
}

export function makeScripts(seed: number, count: number): BookingCallScript[] {
  const random = createRandom(seed);
  return (["en", "ar"] as const).flatMap((language) =>
    Array.from({ length: count }, (_, index) => makeScript(random, language, index)),
  );
}

function makeScript(random: Random, language: BenchLanguage, index: number): BookingCallScript {
  const twist = twists[index % twists.length] ?? "new patient";
  const service = random.pick(demoOf(language).facts.services).name;
  const wanted: Wanted = {
    service,
    ...pickWhen(random, language),
    name: pickName(random, language),
    phone: pickPhone(random, language, index),
  };
  const isOpen = random.chance(40) || twist === "interrupts the offer";
  const prefers = isOpen && random.chance(50) ? random.pick(["morning", "afternoon"] as const) : undefined;
  const tellsTime = !isOpen || twist === "all in one sentence" || twist.startsWith("moves");
  return {
    ...{ number: index + 1, language, twist, seed: random.between(1, 1e9) },
    wanted: { ...wanted, time: tellsTime || twist === "interrupts the offer" ? wanted.time : undefined },
    atFirst: twist === "changes the mind" ? otherWish(random, language, wanted) : {},
    prefers: tellsTime ? undefined : prefers,
  };
}

function pickWhen(random: Random, language: BenchLanguage): { date: string; time: string } {
  const { facts, timeZone } = demoOf(language);
  const today = DateTime.fromMillis(startMs, { zone: timeZone }).startOf("day");
  for (;;) {
    const day = today.plus({ days: random.between(1, 16) });
    const span = facts.hours.find(({ weekday }) => weekday === day.weekday);
    if (span === undefined) continue;
    const opens = Number(span.opens.slice(0, 2));
    // The longest treatment ends before they close.
    const hour = random.between(opens, Number(span.closes.slice(0, 2)) - 2);
    const time = `${String(hour).padStart(2, "0")}:${random.chance(40) ? "30" : "00"}`;
    return { date: day.toFormat("yyyy-MM-dd"), time };
  }
}

function pickName(random: Random, language: BenchLanguage): string {
  const { firstNames, lastNames } = tongueOf(language);
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}

/** Of the range kept for fiction in North America; Egypt has none. One for each caller. */
function pickPhone(random: Random, language: BenchLanguage, index: number): string {
  if (language === "en") return `${random.pick(areas)}55501${String(index % 100).padStart(2, "0")}`;
  const rest = String(random.between(0, 999_999)).padStart(6, "0");
  return `01${random.pick(["0", "1", "2", "5"])}${String(index).padStart(2, "0")}${rest}`;
}

const areas = ["212", "617", "415", "305", "646", "773", "206", "512", "404", "818", "720", "303", "919", "508"];

function otherWish(random: Random, language: BenchLanguage, wanted: Wanted): Partial<Wanted> {
  const others = demoOf(language).facts.services.filter(({ name }) => name !== wanted.service);
  const when = pickWhen(random, language);
  switch (random.between(0, 3)) {
    case 0:
      return { service: random.pick(others).name };
    case 1:
      return { time: when.time };
    case 2:
      return { date: when.date };
    default:
      return when;
  }
}
