/** One utterance to an intent and its facts. Pure: time, zone and facts come in. */
import { DateTime } from "luxon";
import { withoutFillers } from "../language/fillers.ts";
import { cleanWords, detectLanguage, normalizeWords, wordPattern } from "../language/normalize.ts";
import { numbersToDigits } from "../language/numbers.ts";
import { correctSpelling } from "../language/spelling.ts";
import { readClockTime } from "./clock-times.ts";
import { readDay } from "./days.ts";
import { saysCannot } from "./evidence.ts";
import { chooseIntent, isUnderWay } from "./intents.ts";
import { readMessage } from "./messages.ts";
import { keepNewTime } from "./moved-times.ts";
import { readName, readPractitioner } from "./names.ts";
import { readNumberEnd } from "./number-ends.ts";
import { readPhoneNumber } from "./phone-numbers.ts";
import { markServices, readService } from "./services.ts";
import type { Expecting, Intent, Slots, UnderstandContext, Understanding } from "./types.ts";

const maxIntentChars = 600;
const announcesNumber = wordPattern(
  "(?:phone|number|mobile|cell|telephone|reach me|call me)|(?:ال)?(?:رقم|تليفون|موبايل|نمره|رقمي|تليفوني|موبايلي|نمرتي)(?:ي)?(?: هو)?",
);

/** Between two pieces of a number. */
const pausing = wordPattern("let me (?:see|think)|(?:ثانيه|لحضه|دقيقه) واحده");

const pronounOne =
  /\b(the|this|that|first|second|third|last|earlier|later|next|which|another|no|any|some|every|good) one\b/g;

function isAskingWhen(expecting: Expecting | undefined): boolean {
  return expecting === "date" || expecting === "time" || expecting === "confirmation";
}

function readWhen(text: string, context: UnderstandContext, isBareTime = isAskingWhen(context.expecting)): Slots {
  const now = DateTime.fromMillis(context.nowMs, { zone: context.timeZone });
  const at = now.isValid ? now : DateTime.fromMillis(context.nowMs, { zone: "utc" });
  const day = readDay(text, at, context.region === "US");
  const rest =
    day === undefined || day.matched === "" || /morning|afternoon|evening|tonight|الليل/.test(day.matched)
      ? text
      : text.replace(day.matched.trim(), "|");
  const bare = isBareTime || (day !== undefined && /\|(?: على| علي)? \d{1,2}$/.test(rest));
  const weekday = day === undefined ? undefined : DateTime.fromISO(day.date).weekday;
  const ofDay = context.facts.hours.filter((span) => span.weekday === weekday);
  const time = readClockTime(rest, ofDay.length > 0 ? ofDay : context.facts.hours, bare);
  return {
    ...(day ? { date: day.date } : {}),
    ...(time?.time === undefined ? {} : { time: time.time }),
    ...(time?.partOfDay === undefined ? {} : { partOfDay: time.partOfDay }),
  };
}

const saysDoctor = wordPattern("dr|doctor|doc|د|(?:ال|لل)?دكتور[هة]?");

function readPeople(text: string, normalized: string, context: UnderstandContext): Slots {
  const practitioner = readPractitioner(text, context.facts.practitioners);
  const name = readName(text, context.expecting === "name");
  const isTitled = saysDoctor.test(normalized);
  const isOwnName = !isTitled && (context.expecting === "name" || isStated(text));
  const isPractitioner =
    !isOwnName && name !== undefined && practitioner?.toLowerCase().includes(name.toLowerCase()) === true;
  const isService = name !== undefined && readService(normalizeWords(name), context.facts.services) !== undefined;
  const isPlace = /^(?:for|under)$/.test(normalized);
  return {
    ...(practitioner === undefined || (isOwnName && name !== undefined) ? {} : { practitioner }),
    ...(name === undefined || isPractitioner || isService || isPlace ? {} : { name }),
  };
}

const namelessIntents = new Set<Intent>([
  "yes",
  "no",
  "repeat",
  "goodbye",
  "thanks",
  "greeting",
  "emergency",
  "ask-robot",
]);

/** Everything an utterance says, in whichever of the two languages. Never throws; any length. */
export function understand(said: string, context: UnderstandContext): Understanding {
  const utterance = withoutFillers(said);
  const normalized = normalizeWords(utterance);
  const words = correctSpelling(normalized);
  const digits = correctSpelling(numbersToDigits(normalized.replace(pausing, " ").replace(pronounOne, "$1")));
  const end = isUnderWay(context.expecting) ? readNumberEnd(digits) : undefined;
  const isExpected = context.expecting === "phone" || announcesNumber.test(words);
  const phone = end === undefined ? readPhoneNumber(digits, context.region, isExpected) : undefined;
  const isWhole = phone?.phone !== undefined;
  const isPart = phone !== undefined && !isWhole && (context.expecting === "phone" || phone.digits.length >= 5);
  const service = readService(words, context.facts.services);
  const dated = end?.rest ?? (isWhole || isPart ? phone.rest : digits);
  const slots: Slots = {
    ...(service === undefined ? {} : { service }),
    ...readWhen(dated, context),
    ...readPeople(utterance, words, context),
    ...(isWhole && phone.phone !== undefined ? { phone: phone.phone } : {}),
    ...(isPart && phone !== undefined ? { phonePart: phone.digits } : {}),
    ...(end === undefined ? {} : { phoneEnd: end.digits }),
  };
  const text = words.slice(0, maxIntentChars);
  const marked = markServices(text, context.facts.services);
  const choice = chooseIntent({
    text,
    marked,
    slots: isStated(utterance) ? slots : withoutName(slots),
    expecting: context.expecting,
  });
  const named =
    choice.intent === "unclear" && slots.name !== undefined && context.expecting !== "task"
      ? { intent: "inform" as const, confidence: 0.75 }
      : choice;
  const refined = refine(named, { slots, context, text });
  const isDeclined = isAskingWhen(context.expecting) && declinable.has(refined.intent) && saysCannot(text);
  if (isDeclined || refined.intent === "reschedule") replaceWhen(slots, readWhen(keepNewTime(dated), context, true));
  const final = isDeclined
    ? {
        intent: (slots.date ?? slots.time ?? slots.partOfDay) === undefined ? ("no" as const) : ("correction" as const),
        confidence: 0.8,
      }
    : refined;
  const message = readMessage(
    utterance,
    context.expecting === "message" &&
      (final.intent === "inform" || final.intent === "unclear" || final.intent === "leave-message"),
  );
  const isMessage = message !== undefined && (context.expecting === "message" || final.intent === "leave-message");
  const kept = namelessIntents.has(final.intent) && !isStated(utterance) ? withoutName(slots) : slots;
  return {
    intent: isMessage && final.intent === "unclear" ? "inform" : final.intent,
    slots: isMessage ? { ...kept, message } : kept,
    language: detectLanguage(cleanWords(utterance)),
    confidence: final.confidence,
  };
}

/** With "I can't …" these are about the day or time on offer. */
const declinable = new Set<Intent>(["inform", "correction", "no", "unclear", "reschedule"]);

function replaceWhen(slots: Slots, when: Slots): void {
  delete slots.date;
  delete slots.time;
  delete slots.partOfDay;
  Object.assign(slots, when);
}

function isStated(utterance: string): boolean {
  return /name|اسم|معاك/i.test(utterance);
}

function withoutName(slots: Slots): Slots {
  const { name: _, ...rest } = slots;
  return rest;
}

const saysOpening = wordPattern(
  "open|opens|opening|opened|close|closes|closing|closed|hours|فاتحين|فاتح|فاتحه|بتفتحوا?|بتقفلوا?|قافلين|شغالين|بتشتغلوا",
);

/** "What do you have on Tuesday?", said while an appointment is being arranged, tells the day. */
function asksWhatIsFree(
  intent: Intent,
  text: string,
  { slots, context }: { slots: Slots; context: UnderstandContext },
): boolean {
  if (intent !== "ask-hours" && intent !== "ask-services") return false;
  const hasWhen = (slots.date ?? slots.time ?? slots.partOfDay) !== undefined;
  return hasWhen && isUnderWay(context.expecting) && !saysOpening.test(text);
}

/** A name given where one was asked for is an answer, whatever else the words resemble. */
function refine(
  choice: { intent: Intent; confidence: number },
  { slots, context, text }: { slots: Slots; context: UnderstandContext; text: string },
): { intent: Intent; confidence: number } {
  if (asksWhatIsFree(choice.intent, text, { slots, context })) return { intent: "inform", confidence: 0.8 };
  if (context.expecting !== "name" || slots.name === undefined) return choice;
  return ["greeting", "unclear", "yes"].includes(choice.intent) ? { intent: "inform", confidence: 0.8 } : choice;
}
