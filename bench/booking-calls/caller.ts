/** A caller who listens: every answer comes from what the agent was heard to say, and what is read back wrong is corrected. */
import { createRandom, type Random } from "./random.ts";
import type { Asked, Tongue } from "./tongue.ts";
import { tongueOf } from "./tongues.ts";
import type { BookingCallScript, Wanted } from "./wish.ts";

export interface CallerTurn {
  /** Said one after the other, with a pause between. Empty: the caller hangs up. */
  readonly says: readonly string[];
  /** Talks over the agent's next words, after so much of them. */
  readonly overNextAfterMs?: number;
  readonly overNext?: string;
  /** Before these words somebody else takes the slot. */
  readonly slotIsTaken?: boolean;
}

export interface SimulatedCaller {
  readonly script: BookingCallScript;
  /** What the caller wants by now: what was offered and taken is in it. */
  readonly wanted: Readonly<Wanted>;
  open(): CallerTurn;
  answer(agentText: string): CallerTurn;
}

interface Mind {
  readonly script: BookingCallScript;
  readonly tongue: Tongue;
  readonly random: Random;
  readonly wanted: Wanted;
  /** What is told now, which the caller may change or may have got wrong. */
  readonly told: Wanted;
  readonly isMove: boolean;
  hasAsked: boolean;
  hasInterrupted: boolean;
  isTaken: boolean;
  turns: number;
  unanswered: number;
}

const mostTurns = 26;

export function createCaller(script: BookingCallScript): SimulatedCaller {
  const mind: Mind = {
    ...{ script, tongue: tongueOf(script.language), random: createRandom(script.seed) },
    ...{ wanted: { ...script.wanted }, told: { ...script.wanted, ...script.atFirst } },
    isMove: script.twist.startsWith("moves"),
    ...{ hasAsked: false, hasInterrupted: false, isTaken: false, turns: 0, unanswered: 0 },
  };
  if (script.twist === "corrects a digit") mind.told.phone = wrongDigit(mind.wanted.phone, mind.random);
  return {
    script,
    wanted: mind.wanted,
    open: () => openCall(mind),
    answer(agentText) {
      mind.turns++;
      if (mind.turns > mostTurns) return { says: [] };
      const asked = mind.tongue.asked(agentText);
      return mayAskPrice(mind, asked) ?? answerTo(mind, asked, agentText);
    },
  };
}

function wrongDigit(phone: string, random: Random): string {
  const at = phone.length - random.pick([1, 1, 2, 3]);
  const digit = (Number(phone[at]) + random.between(1, 9)) % 10;
  return `${phone.slice(0, at)}${digit}${phone.slice(at + 1)}`;
}

function say(mind: Mind, templates: readonly string[]): CallerTurn {
  const { tongue, random, told } = mind;
  const service = random.pick(tongue.services[told.service] ?? [told.service]);
  const filled = random
    .pick(templates)
    .replace("{service}", service)
    .replace("{name}", told.name)
    .replace("{spelled}", tongue.spell(told.name))
    .replace("{date}", () => tongue.sayDate(random, told.date))
    .replace("{time}", () => tongue.sayTime(random, told.time ?? "10:00"));
  if (!filled.includes("{phone}")) return { says: [filled] };
  const [first = "", ...rest] = tongue.sayPhone(random, told.phone);
  return { says: [filled.replace("{phone}", first).trim(), ...rest] };
}

function openCall(mind: Mind): CallerTurn {
  const { script, tongue, random, told } = mind;
  if (mind.isMove) return say(mind, random.chance(50) ? tongue.openingMoveWhen : tongue.openingMove);
  if (script.twist === "all in one sentence") return say(mind, tongue.openingWhole);
  const templates = random.pick([tongue.opening, tongue.openingService, tongue.openingServiceDay]);
  return withInterruption(
    mind,
    say(mind, templates),
    templates === tongue.openingServiceDay && told.time !== undefined,
  );
}

/** After a day is told the agent offers times; this caller does not wait for them all. */
function withInterruption(mind: Mind, turn: CallerTurn, tellsDay: boolean): CallerTurn {
  if (mind.script.twist !== "interrupts the offer" || mind.hasInterrupted || !tellsDay) return turn;
  mind.hasInterrupted = true;
  const [overNext = ""] = say(mind, mind.tongue.interrupt).says;
  return { ...turn, overNext, overNextAfterMs: mind.random.between(700, 2600) };
}

function mayAskPrice(mind: Mind, asked: Asked): CallerTurn | undefined {
  const { script, tongue, random } = mind;
  const isAsking = ["day", "time", "offer", "name", "phone", "all right"].includes(asked);
  if (script.twist !== "asks a price" || mind.hasAsked || !isAsking || !random.chance(45)) return undefined;
  mind.hasAsked = true;
  return say(mind, tongue.askPrice);
}

function answerTo(mind: Mind, asked: Asked, text: string): CallerTurn {
  const { tongue, random, told } = mind;
  switch (asked) {
    case "service":
      return say(mind, tongue.tellService);
    case "day":
      return withInterruption(mind, tellDay(mind, text), told.time !== undefined);
    case "time":
      return told.time === undefined
        ? say(mind, tongue.tellPart[mind.script.prefers ?? "morning"])
        : say(mind, tongue.tellTime);
    case "offer":
      return takeOffer(mind, text);
    case "name":
      return say(mind, mind.script.twist === "spells the name" ? tongue.spellName : tongue.tellName);
    case "phone":
      return say(mind, tongue.tellPhone);
    case "more digits":
      return restOfNumber(mind, text);
    case "digits right":
      return checkDigits(mind, text);
    case "all right":
      return checkSummary(mind, text);
    case "which one":
      return say(mind, tongue.whichOne);
    case "anything else":
      return tongue.done.test(text)
        ? { says: [random.pick(tongue.goodbye)] }
        : say(mind, mind.isMove ? tongue.openingMove : tongue.openingService);
    case "a message":
      if (tongue.nothingFree.test(text)) chooseAnotherWeek(mind);
      return say(mind, tongue.no);
    case "else":
      mind.unanswered++;
      return mind.unanswered > 4 ? { says: [] } : say(mind, tongue.again);
    default: {
      const unknown: never = asked;
      throw new Error(String(unknown));
    }
  }
}

/** The same weekday is as good. */
function chooseAnotherWeek({ wanted, told }: Mind): void {
  const later = new Date(`${told.date}T12:00:00Z`);
  later.setUTCDate(later.getUTCDate() + 7);
  wanted.date = later.toISOString().slice(0, 10);
  told.date = wanted.date;
}

/** A day that is full or closed is not told again. */
function tellDay(mind: Mind, text: string): CallerTurn {
  const { tongue, random } = mind;
  const isRefused = tongue.datesIn(text).length > 0;
  return say(mind, !isRefused && random.chance(20) ? tongue.askWhatIsFree : tongue.tellDay);
}

/** What is offered: the wished time where it is among them, else one of them. */
function takeOffer(mind: Mind, text: string): CallerTurn {
  const { tongue, random, told, wanted, script } = mind;
  const last = text
    .split(/(?<=[.!؟])\s+/)
    .slice(-2)
    .join(" ");
  const isRefused =
    told.time !== undefined && tongue.timesIn(text)[0] === told.time && /isn't free|مش فاضية/.test(text);
  const offered = tongue.timesIn(last).filter((time) => !isRefused || time !== told.time);
  const [date] = tongue.datesIn(last);
  if (date !== undefined && date !== told.date.slice(5)) {
    // Another day is taken only where the wished one was said to be full.
    if (!mind.isTaken && !tongue.nothingFree.test(text)) return say(mind, tongue.correctDay);
    wanted.date = `2026-${date}`;
    told.date = wanted.date;
  }
  if (told.time !== undefined && !isRefused && !mind.isTaken && offered.length > 0) return say(mind, tongue.tellTime);
  if (script.prefers !== undefined && told.time === undefined && random.chance(50) && !mind.hasAsked) {
    mind.hasAsked = true;
    return say(mind, tongue.tellPart[script.prefers]);
  }
  if (offered.length === 0) return say(mind, tongue.again);
  wanted.time = random.pick(offered);
  told.time = wanted.time;
  mind.isTaken = false;
  return say(mind, tongue.takeTime);
}

/** The digits that the agent has are said by it; the caller goes on where they end. */
function restOfNumber(mind: Mind, text: string): CallerTurn {
  const { tongue, random, told } = mind;
  const has = (/[\d ]{2,}/.exec(text)?.[0] ?? "").replace(/\D/g, "");
  const rest = has !== "" && told.phone.startsWith(has) ? told.phone.slice(has.length) : "";
  if (rest === "") return say(mind, tongue.tellPhone);
  return { says: tongue.sayPhone(random, rest) };
}

function checkDigits(mind: Mind, text: string): CallerTurn {
  return say(mind, numbersIn(text).includes(mind.told.phone) ? mind.tongue.yes : mind.tongue.correctPhone);
}

/** As they are read back, in groups. */
const numbersIn = (text: string) => (text.match(/\d(?: ?\d)*/g) ?? []).map((run) => run.replaceAll(" ", ""));

const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[أإآ]/g, "ا")
    .replace(/ة/g, "ه")
    .replace(/ى/g, "ي")
    .replace(/[^\p{L}\d ]/gu, "");

/** What is read back is compared with what is wanted, one field after the other; the first that is wrong is corrected. */
function checkSummary(mind: Mind, text: string): CallerTurn {
  const { tongue, told, wanted, script } = mind;
  const wrong = (field: keyof Wanted, templates: readonly string[]): CallerTurn => {
    Object.assign(told, { [field]: wanted[field] });
    return say(mind, templates);
  };
  const dates = tongue.datesIn(text);
  if (!mind.isMove && !tongue.namesService(text, wanted.service)) return wrong("service", tongue.correctService);
  if (dates.length > 0 && !dates.includes(wanted.date.slice(5))) return wrong("date", tongue.correctDay);
  const times = tongue.timesIn(text);
  if (wanted.time === undefined) wanted.time = times[0];
  if (wanted.time !== undefined && times.length > 0 && !times.includes(wanted.time))
    return wrong("time", tongue.correctTime);
  if (!mind.isMove && !plain(text).includes(plain(wanted.name))) return wrong("name", tongue.correctName);
  if (!numbersIn(text).includes(wanted.phone)) return correctNumber(mind);
  if (script.twist === "slot taken meanwhile" && !mind.hasInterrupted) {
    Object.assign(mind, { hasInterrupted: true, isTaken: true });
    return { ...say(mind, tongue.yes), slotIsTaken: true };
  }
  return say(mind, tongue.yes);
}

/** As people do: the whole number anew, its end, or only the digit. */
function correctNumber(mind: Mind): CallerTurn {
  const { tongue, random, told, wanted } = mind;
  const before = told.phone;
  told.phone = wanted.phone;
  const isLast = before !== wanted.phone && before.slice(0, -1) === wanted.phone.slice(0, -1);
  const isInEnd = before !== wanted.phone && before.slice(0, -4) === wanted.phone.slice(0, -4);
  const way = random.between(0, 2);
  if (isLast && way === 0) {
    const [right, wrong] = [wanted.phone, before].map((phone) => tongue.sayDigit(random, phone.at(-1) ?? ""));
    return {
      says: [
        random
          .pick(tongue.correctDigit)
          .replace("{right}", right ?? "")
          .replace("{wrong}", wrong ?? ""),
      ],
    };
  }
  if (isInEnd && way === 1) {
    const end = [...wanted.phone.slice(-4)].map((digit) => tongue.sayDigit(random, digit)).join(" ");
    return {
      says: [random.pick(tongue.correctEnd).replace("{end}", random.chance(50) ? end : wanted.phone.slice(-4))],
    };
  }
  return say(mind, tongue.correctPhone);
}
