/** A round of calls against one book, one after the other, and what the book shows afterwards. */
import { systemClock } from "../../server/src/kernel/clock.ts";
import type { OrgDb } from "../../server/src/platform/db/org-db.ts";
import { type BookedRow, type BookingGround, openBookingGround } from "./booking-ground.ts";
import { demoOf } from "./business.ts";
import { type HeldCall, holdCall } from "./hold-call.ts";
import { type BookingCallScript, makeScripts, type Wanted } from "./wish.ts";

export interface JudgedCall extends HeldCall {
  /** What the book shows otherwise than the caller wanted it. Empty: every field is right. */
  readonly wrong: readonly string[];
  readonly turns: number;
}

export interface RoundFigures {
  readonly name: string;
  readonly seed: number;
  readonly calls: readonly JudgedCall[];
  readonly right: number;
  readonly tookMs: number;
}

export interface Round {
  readonly name: string;
  readonly seed: number;
  /** Calls of each language. */
  readonly count: number;
  readonly onlyTwist?: string;
}

export async function holdRound(db: OrgDb, { name, seed, count, onlyTwist }: Round): Promise<RoundFigures> {
  const startedMs = systemClock.now();
  const ground = await openBookingGround(db);
  const calls: JudgedCall[] = [];
  for (const script of makeScripts(seed, count)) {
    if (onlyTwist !== undefined && script.twist !== onlyTwist) continue;
    const others = await prepareBook(ground, script);
    const held = await holdCall(ground, script);
    const rows = await ground.rows(script.language);
    const wrong = judge(rows, held, others);
    const turns = held.transcript.filter((line) => line.startsWith("C:")).length;
    calls.push({ ...held, wrong, turns });
  }
  const right = calls.filter(({ wrong }) => wrong.length === 0).length;
  return { name, seed, calls, right, tookMs: Math.round(systemClock.now() - startedMs) };
}

/** Callers who move an appointment have one, some have another beside it. The second must stand as it was. */
async function prepareBook(ground: BookingGround, script: BookingCallScript): Promise<BookedRow[]> {
  const { language, twist, wanted } = script;
  if (!twist.startsWith("moves")) return [];
  await bookSomewhere(ground, script, { service: wanted.service, fromDay: 4 });
  if (twist !== "moves one of several") return [];
  const others = demoOf(language).facts.services.filter(
    ({ name }) => !name.includes(wanted.service) && !wanted.service.includes(name),
  );
  const other = others[script.number % others.length]?.name ?? "";
  await bookSomewhere(ground, script, { service: other, fromDay: 16 });
  return (await ground.rows(language)).filter((row) => row.service === other && isNumber(row.phone, wanted));
}

async function bookSomewhere(
  ground: BookingGround,
  { language, wanted }: BookingCallScript,
  { service, fromDay }: { service: string; fromDay: number },
): Promise<void> {
  for (let day = fromDay; day < 31; day++) {
    const date = `2026-12-${String(day).padStart(2, "0")}`;
    for (const time of ["10:00", "11:30", "13:00"]) {
      if (await ground.book(language, { ...wanted, service, date, time })) return;
    }
  }
  throw new Error("the book is full");
}

const digitsOf = (phone: string | null) => (phone ?? "").replace(/\D/g, "");
const isNumber = (phone: string | null, { phone: wanted }: Wanted) =>
  digitsOf(phone).endsWith(wanted.replace(/^0/, "")) && digitsOf(phone).length <= wanted.length + 2;

const plainName = (name: string | null) =>
  (name ?? "")
    .toLowerCase()
    .replace(/[أإآ]/g, "ا")
    .replace(/ة/g, "ه")
    .replace(/ى/g, "ي")
    .replace(/[^\p{L}]+/gu, " ")
    .trim();

function judge(rows: readonly BookedRow[], { wanted }: HeldCall, others: readonly BookedRow[]): string[] {
  const untouched = others.filter((other) =>
    rows.some((row) => row.service === other.service && row.startsAt === other.startsAt && row.phone === other.phone),
  );
  const isOther = (row: BookedRow) =>
    untouched.some((other) => other.startsAt === row.startsAt && other.service === row.service);
  const own = rows.filter((row) => isNumber(row.phone, wanted) && !isOther(row));
  const wrong = untouched.length < others.length ? ["the other appointment was changed"] : [];
  const [row, ...more] = own;
  if (row === undefined) return [...wrong, "nothing is booked under the number"];
  if (more.length > 0) wrong.push(`${own.length} appointments`);
  const startsAt = `${wanted.date}T${wanted.time ?? "?"}`;
  if (row.service !== wanted.service) wrong.push(`service: ${row.service}, wanted ${wanted.service}`);
  if (row.startsAt !== startsAt) wrong.push(`time: ${row.startsAt}, wanted ${startsAt}`);
  if (plainName(row.name) !== plainName(wanted.name)) wrong.push(`name: ${row.name}, wanted ${wanted.name}`);
  return wrong;
}
