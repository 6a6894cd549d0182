/**
 * `node bench/day-of-traffic.ts [--calls 200] [--minutes 4] [--seed 7]`: a day of a clinic on the whole platform, with everything failing
 * now and then. Callers book, move, cancel, leave messages and ask; some by telephone, some by text, some deeds at the desk. When all works again
 * and nothing is under way, scripts/check-agreement.ts compares what everybody has. Ends with 1 where it disagrees.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cancelAppointment, createAppointment } from "@parley/contract/appointments";
import { DateTime } from "luxon";
import { type Evidence, findDisagreements } from "../scripts/check-agreement.ts";
import { createRandom, type Random } from "./booking-calls/random.ts";
import { type HeldCall, holdTextCall, type Wish } from "./day/callers.ts";
import { collectEvidence, isSettled } from "./day/evidence.ts";
import { type DayGround, openDayGround, ours, services, timeZone } from "./day/ground.ts";
import { startWeather } from "./day/weather.ts";

export interface DayOptions {
  readonly calls: number;
  /** Callers at once. */
  readonly lanes: number;
  /** The calls are spread over it. */
  readonly lastsMs: number;
  readonly seed: number;
  /** Something changes so often. */
  readonly weatherEveryMs: number;
}

export const usualDay: DayOptions = { calls: 200, lanes: 6, lastsMs: 4 * 60_000, seed: 7, weatherEveryMs: 5000 };

export interface DayFigures {
  readonly evidence: Evidence;
  readonly calls: readonly HeldCall[];
  readonly struck: ReadonlyMap<string, number>;
  readonly settledAfterMs: number;
  readonly disagreements: readonly string[];
}

const areas = ["212", "617", "415", "305", "646"];
const replyWithinMs = 4 * 60_000;
const settleWithinMs = 12 * 60_000;

interface Day {
  readonly ground: DayGround;
  readonly options: DayOptions;
  readonly random: Random;
  readonly calls: HeldCall[];
  /** Who holds an appointment and has not called again. */
  readonly booked: Wish[];
  readonly replies: Promise<void>[];
  begun: number;
}

function newWish({ random, begun }: Day, kind: Wish["kind"]): Wish {
  const phone = `${areas[Math.floor(begun / 100) % areas.length]}55501${String(begun % 100).padStart(2, "0")}`;
  const date = DateTime.now()
    .setZone(timeZone)
    .plus({ days: random.between(4, 7) });
  const hour = random.between(8, 19);
  return {
    ...{
      kind,
      phone,
      name: `${random.pick(["Sarah", "Mona", "Daniel", "Grace"])} ${random.pick(["Miller", "Adel", "Chen", "Rossi"])}`,
    },
    ...{ service: random.pick(services).name, day: date.setLocale("en").toFormat("LLLL d") },
    time: `${hour % 12 === 0 ? 12 : hour % 12}:${random.pick(["00", "30"])} ${hour < 12 ? "AM" : "PM"}`,
  };
}

/** Who moves or cancels has booked before, and calls for it once. */
function nextWish(day: Day): Wish {
  const { random, booked } = day;
  const kind = random.pick(["book", "book", "book", "book", "book", "move", "cancel", "message", "question"] as const);
  const isAgain = kind === "move" || kind === "cancel";
  const known = isAgain ? booked.shift() : undefined;
  const wish = newWish(day, isAgain && known === undefined ? "book" : kind);
  return known === undefined ? wish : { ...wish, name: known.name, phone: known.phone, service: known.service };
}

async function holdOne(day: Day): Promise<void> {
  const wish = nextWish(day);
  const { ground, random } = day;
  const dice = random.between(1, 100);
  if (dice <= 6) return await missCall(ground, wish);
  if (dice <= 12) return await bookAtDesk(ground, wish, random.chance(50));
  const call = await holdTextCall(ground.client, ground.agentId, wish);
  day.calls.push(call);
  if (!call.deeds.some(({ name, outcome }) => name === "book_appointment" && outcome === "ok")) return;
  if (random.chance(12)) day.replies.push(answerByText(ground, wish));
  else day.booked.push(wish);
}

/** By telephone, and nobody speaks. */
async function missCall({ twilio }: DayGround, { phone }: Wish): Promise<void> {
  const call = twilio.placeCall({ from: `+1${phone}`, to: ours });
  for (let waited = 0; waited < 8000 && call.streams.length === 0; waited += 100) await sleep(100);
  await sleep(500);
  call.hangUp();
  await call.ended.catch(() => undefined);
}

/** The same key until it is answered: a browser does so. */
async function bookAtDesk({ client, calendars }: DayGround, wish: Wish, isCancelled: boolean): Promise<void> {
  const at = DateTime.fromFormat(`${wish.day} ${wish.time}`, "LLLL d h:mm a", { zone: timeZone, locale: "en" });
  const calendarId = calendars[services.findIndex(({ name }) => name === wish.service)]?.id;
  const { service, name } = wish;
  const phone = `+1${wish.phone}`;
  const body = { service, name, phone, calendarId, startsAt: at.plus({ weeks: 2 }).toISO() ?? "" };
  const insist = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        return await ask();
      } catch (error) {
        const { status = 0, code } = error as { status?: number; code?: string };
        if (status === 409 && code === "conflict") return undefined;
        await sleep(500);
      }
    }
    return undefined;
  };
  const key = `desk-${phone}`;
  const made = await insist(() => client.ask(createAppointment, { body }, { idempotencyKey: key }));
  if (made === undefined || !isCancelled) return;
  const { id } = made;
  await insist(() => client.ask(cancelAppointment, { params: { id } }, { idempotencyKey: `${key}-off` }));
}

/** Cancels, as soon as the confirmation has come. */
async function answerByText({ twilio }: DayGround, { phone }: Wish): Promise<void> {
  const hasCome = () => [...twilio.messages.values()].some(({ to }) => to === `+1${phone}`);
  for (let waited = 0; waited < replyWithinMs && !hasCome(); waited += 500) await sleep(500);
  const sid = `SM${phone.padStart(32, "0")}`;
  const answered = async () =>
    (await twilio.receiveMessage({ from: `+1${phone}`, to: ours, body: "X", sid }).catch(() => undefined))?.status ===
    200;
  // The carrier says it again, under the same id.
  for (let attempt = 0; attempt < 10 && !(await answered()); attempt++) await sleep(500);
}

async function holdLane(day: Day, lane: number): Promise<void> {
  const { calls, lanes, lastsMs } = day.options;
  const everyMs = (lastsMs / calls) * lanes;
  await sleep((everyMs * lane) / lanes);
  while (day.begun < calls) {
    const startedMs = performance.now();
    day.begun++;
    await holdOne(day);
    await sleep(Math.max(0, everyMs - (performance.now() - startedMs)));
  }
}

async function settle(ground: DayGround): Promise<number> {
  const startedMs = performance.now();
  const passed = () => performance.now() - startedMs;
  while (!(await isSettled(ground)) && passed() < settleWithinMs) await sleep(2000);
  return passed();
}

export async function measureDay(options: DayOptions): Promise<DayFigures> {
  const ground = await openDayGround();
  try {
    const day: Day = {
      ground,
      options,
      random: createRandom(options.seed),
      calls: [],
      booked: [],
      replies: [],
      begun: 0,
    };
    const weather = startWeather(ground, { seed: options.seed, everyMs: options.weatherEveryMs });
    await Promise.all(Array.from({ length: options.lanes }, (_, lane) => holdLane(day, lane)));
    await weather.clear();
    await Promise.all(day.replies);
    const settledAfterMs = await settle(ground);
    const found = await collectEvidence(ground, day.calls);
    // Whoever is killed between a mail and its note cannot know that it went.
    const cutOff = ["the worker is killed", "the database breaks off"].map((name) => weather.struck.get(name) ?? 0);
    const evidence = { ...found, mailAnswersLost: cutOff.reduce((sum, times) => sum + times, found.mailAnswersLost) };
    const { calls } = day;
    return { evidence, calls, struck: weather.struck, settledAfterMs, disagreements: findDisagreements(evidence) };
  } finally {
    await ground.close();
  }
}

export function renderDay({ evidence, calls, struck, settledAfterMs, disagreements }: DayFigures): string {
  const count = <T>(items: readonly T[], is: (item: T) => boolean) => items.filter(is).length;
  const { appointments, calendars, texts, mails, webhooks, audit, missedCalls, messages } = evidence;
  const deeds = [...new Set(evidence.deeds.map(({ name, outcome }) => `${name} ${outcome}`))].sort();
  return [
    `${calls.length} text calls (${count(calls, ({ isLost }) => isLost)} broken off), ${missedCalls} missed by telephone`,
    ...deeds.map((deed) => `  ${deed}: ${count(evidence.deeds, ({ name, outcome }) => `${name} ${outcome}` === deed)}`),
    `went wrong: ${[...struck].map(([name, times]) => `${name} ${times}×`).join(", ")}`,
    `appointments: ${["active", "cancelled", "held"].map((status) => `${count(appointments, (each) => each.status === status)} ${status}`).join(", ")}; events in linked calendars: ${calendars.reduce((sum, { events }) => sum + events.length, 0)}`,
    `messages ${messages.length}, texts ${texts.length}, mails ${mails.length} (${new Set(mails.map(({ messageId }) => messageId)).size} different), webhooks ${webhooks.length} (${new Set(webhooks.map(({ id }) => id)).size} different), audit entries ${audit.length}`,
    `settled ${Math.round(settledAfterMs / 1000)} s after everything worked again`,
    ...(disagreements.length === 0
      ? ["everything agrees"]
      : [`${disagreements.length} things disagree:`, ...disagreements]),
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      calls: { type: "string", default: String(usualDay.calls) },
      minutes: { type: "string", default: String(usualDay.lastsMs / 60_000) },
      seed: { type: "string", default: String(usualDay.seed) },
    },
  });
  const lastsMs = Number(values.minutes) * 60_000;
  const figures = await measureDay({
    ...{ ...usualDay, calls: Number(values.calls), lastsMs, seed: Number(values.seed) },
  });
  const file = join(tmpdir(), "parley-day.json");
  writeFileSync(file, JSON.stringify(figures.evidence, null, 1));
  writeFileSync(`${file}.calls`, JSON.stringify(figures.calls, null, 1));
  console.log(renderDay(figures));
  console.log(`the evidence is in ${file}: node scripts/check-agreement.ts ${file}`);
  process.exitCode = figures.disagreements.length === 0 ? 0 : 1;
}
