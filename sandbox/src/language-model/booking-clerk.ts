/** A model that takes bookings as a decent one does: asks for what is missing, looks before it offers, reads back, books after a yes. */
import { findDayAndTime, findToday, isArabic } from "./caller-line.ts";
import type { BrainReply, BrainRequest, BrainTurn } from "./model-types.ts";
import { spokenNumber } from "./tool-input.ts";

const services: readonly (readonly [english: string, arabic: string, RegExp])[] = [
  ["Cleaning", "تنضيف أسنان", /\bcleaning\b|تنضيف/i],
  ["Check-up", "كشف", /\bcheck-?\s?up\b|كشف/i],
  ["Whitening", "تبييض أسنان", /\bwhitening\b|تبييض/i],
  ["Filling", "حشو", /\bfilling\b|حشو/i],
];
const farewell = /\b(?:goodbye|bye|that's all)\b|مع السلامة|سلام/i;
const agrees = /^\W*(?:yes|yeah|yep|correct|perfect|that's right)\b|أيوه|ايوه|تمام|مظبوط/i;
const isReadBack = /is that right\?|كده صح؟/i;
const moves = /\b(?:move|change|reschedule)\b(?=.*\b(?:it|appointment)\b)|أنقل|انقل|أغير|نغير/i;
const pricing = /\bhow much\b|\bcost\b|بكام|سعر/i;

interface Wish {
  service?: string;
  date?: string;
  time?: string;
  name?: string;
  phone?: string;
}

type Words = readonly [english: string, arabic: string];
const ask: Readonly<Record<keyof Wish, Words>> = {
  service: ["Of course. What would you like to come in for?", "أكيد. تحب تيجي لإيه؟"],
  date: ["Which day suits you?", "أنهي يوم يناسبك؟"],
  time: ["And what time?", "والساعة كام؟"],
  name: ["May I have your name, please?", "ممكن اسم حضرتك؟"],
  phone: ["Thank you. And your phone number?", "شكرا. ورقم التليفون؟"],
};

export function bookingClerk(request: BrainRequest): BrainReply[] {
  const { turns } = request;
  const lines = turns.flatMap((turn) => (turn.role === "user" ? [turn.text] : []));
  const line = lines.at(-1) ?? "";
  const tongue = isArabic(lines.join(" ")) ? 1 : 0;
  const say = (words: Words): BrainReply[] => [{ text: words[tongue] }];
  const last = turns.at(-1);
  if (last?.role === "tool" && last.name !== "check_availability") return say(afterDeed(last.name, last.text));
  if (last?.role === "user" && farewell.test(line)) {
    return [
      ...say(["Thank you for calling, goodbye!", "شكرا لاتصالك، مع السلامة!"]),
      { toolCalls: [{ name: "end_call", input: {} }] },
    ];
  }
  const wish = readWish(request);
  const price = last?.role === "user" && pricing.test(line) ? priceOf(line, request.system) : undefined;
  if (price !== undefined) {
    const next = missing(wish);
    return say([
      `That is ${price}. ${next ? ask[next][0] : readBack(wish, 0)}`,
      `ده بـ${price}. ${next ? ask[next][1] : readBack(wish, 1)}`,
    ]);
  }
  return takeStep(request, wish, { tongue, line });
}

function takeStep(request: BrainRequest, wish: Wish, { tongue, line }: { tongue: 0 | 1; line: string }): BrainReply[] {
  const { turns } = request;
  const next = missing(wish);
  if (wish.service === undefined || wish.date === undefined) return [{ text: ask[next ?? "service"][tongue] }];
  const free = slotsOf(turns, wish.date ?? "");
  if (free === undefined) {
    return [{ toolCalls: [{ name: "check_availability", input: { date: wish.date, service: wish.service } }] }];
  }
  if (wish.time === undefined) {
    const some = [0, Math.floor(free.length / 2), free.length - 1].flatMap((at) => free[at] ?? []);
    const offer: Words = [
      `That day I have ${some.join(", ")}. Which time suits you?`,
      `اليوم ده عندي الساعة ${some.join("، ")}. أنهي ساعة أحسن ليك؟`,
    ];
    return [{ text: offer[tongue] }];
  }
  if (!free.includes(wish.time)) {
    const near = nearest(free, wish.time);
    const offer: Words = [
      `I am sorry, ${wish.time} is not free. I have ${near.join(" or ")}. Which time suits you?`,
      `معلش، الساعة ${wish.time} مش فاضية. عندي الساعة ${near.join(" أو ")}. أنهي ساعة أحسن ليك؟`,
    ];
    return [{ text: offer[tongue] }];
  }
  if (next !== undefined) return [{ text: ask[next][tongue] }];
  const before = turns.findLast((turn) => turn.role === "assistant" && turn.text !== "");
  const isAgreed = before?.role === "assistant" && isReadBack.test(before.text) && agrees.test(line);
  if (!isAgreed || turns.at(-1)?.role !== "user") return [{ text: readBack(wish, tongue) }];
  const startsAt = `${wish.date}T${wish.time}:00`;
  if (isMoving(turns)) {
    return [{ toolCalls: [{ name: "reschedule_appointment", input: { phone: wish.phone, newStartsAt: startsAt } }] }];
  }
  const input = { service: wish.service, startsAt, name: wish.name, phone: wish.phone };
  return [{ toolCalls: [{ name: "book_appointment", input }] }];
}

function missing(wish: Wish): keyof Wish | undefined {
  return (["service", "date", "time", "name", "phone"] as const).find((each) => wish[each] === undefined);
}

function readBack({ service = "", date = "", time = "", name = "", phone = "" }: Wish, tongue: 0 | 1): string {
  const digits = phone.replace(/(\d{3})(\d{3,4})(\d{4})$/, "$1 $2 $3");
  const day = new Date(`${date}T12:00:00Z`).toLocaleDateString(tongue === 1 ? "ar-EG-u-nu-latn" : "en-US", {
    ...{ weekday: "long", day: "numeric", month: "long", timeZone: "UTC" },
  } as Intl.DateTimeFormatOptions);
  const words: Words = [
    `So I book ${service} on ${day} at ${time}, name ${name}, phone ${digits}. Is that right?`,
    `يبقى أحجز ${service} يوم ${day} الساعة ${time}، باسم ${name}، ورقم ${digits}. كده صح؟`,
  ];
  return words[tongue];
}

/** Everything that was told, in its order: the latest counts. A booking that was made is over; who the caller is stays. */
function readWish({ turns, system }: BrainRequest): Wish {
  const wish: Wish = {};
  const today = findToday(system);
  let asked = "";
  let digits = "";
  for (const turn of turns) {
    if (turn.role === "assistant" && turn.text !== "") asked = turn.text;
    if (turn.role !== "user") continue;
    if (moves.test(turn.text)) Object.assign(wish, { date: undefined, time: undefined });
    const service = services.find(([, , said]) => said.test(turn.text));
    if (service !== undefined && !pricing.test(turn.text)) wish.service = service[isArabic(turn.text) ? 1 : 0];
    const spoken = spokenNumber(turn.text);
    const isNumber = /number|رقم/i.test(asked) || spoken.length >= 7;
    if (!isNumber || spoken.length < 3) Object.assign(wish, findDayAndTime(turn.text, today));
    const name = nameIn(turn.text, asked);
    if (name !== undefined) wish.name = name;
    digits = spoken.length >= 10 ? spoken : isNumber ? digits + spoken : digits;
    if (digits.length >= 10) [wish.phone, digits] = [digits, ""];
  }
  return wish;
}

function nameIn(line: string, asked: string): string | undefined {
  const led = /(?:my name is|name is|this is|اسمي|الاسم|باسم)\s+(\p{L}+(?:\s\p{L}+)?)/iu.exec(line)?.[1];
  if (led !== undefined) return joinLetters(led, line);
  const isAnswer = /name|اسم/i.test(asked) && !isReadBack.test(asked) && !/\d|[?؟]/.test(line);
  const bare = /^(\p{L}+ \p{L}+)(?=\W|$)/u.exec(line.trim())?.[1];
  return isAnswer && bare !== undefined ? joinLetters(bare, line) : undefined;
}

/** "Nadia Haddad, H A D A D": the letters are how the last name is written. */
function joinLetters(name: string, line: string): string {
  const letters = /(?:^|[\s,،])((?:\p{L}[\s-]){2,}\p{L})(?=\W|$)/u.exec(line)?.[1]?.replace(/[\s-]/g, "");
  const words = name.split(" ");
  if (letters === undefined) return name;
  const at = words.findIndex((word) => word[0]?.toLowerCase() === letters[0]?.toLowerCase());
  const spelled = `${letters[0]}${letters.slice(1).toLowerCase()}`;
  return words.map((word, index) => (index === at ? spelled : word)).join(" ");
}

/** The last look into that day's calendar; undefined when it was not looked at since something was written. */
function slotsOf(turns: readonly BrainTurn[], date: string): string[] | undefined {
  const written = turns.findLastIndex((turn) => turn.role === "tool" && turn.name !== "check_availability");
  const found = turns.slice(written + 1).findLast((turn) => turn.role === "tool" && turn.text.includes(date));
  if (found === undefined) return undefined;
  return found.role === "tool" ? [...found.text.matchAll(/T(\d{2}:\d{2})/g)].map(([, time = ""]) => time) : [];
}

function nearest(free: readonly string[], time: string): string[] {
  const minutes = (each: string) => Number(each.slice(0, 2)) * 60 + Number(each.slice(3));
  return free
    .toSorted((a, b) => Math.abs(minutes(a) - minutes(time)) - Math.abs(minutes(b) - minutes(time)))
    .slice(0, 2)
    .sort();
}

function isMoving(turns: readonly BrainTurn[]): boolean {
  const lastMove = turns.findLastIndex((turn) => turn.role === "user" && moves.test(turn.text));
  return (
    lastMove > turns.findLastIndex((turn) => turn.role === "tool" && turn.name === "book_appointment") && lastMove >= 0
  );
}

/** The price in the business's facts, where the instructions have them. */
function priceOf(line: string, system: string): string {
  const service = services.find(([, , said]) => said.test(line));
  const names = service === undefined ? [] : [service[0], service[1]];
  const row = system
    .split("\n")
    .find((each) => names.some((name) => each.includes(name)) && /\$\d+|\d+ جنيه/.test(each));
  return /\$\d+|\d+ جنيه/.exec(row ?? "")?.[0] ?? "$90";
}

function afterDeed(name: string, output: string): Words {
  if (/"?(?:error|failed)"?|That time is taken|not done/i.test(output)) {
    return [`I am sorry, that could not be done. ${output.slice(0, 120)}`, "معلش، ماعرفتش أعملها. تحب ميعاد تاني؟"];
  }
  if (name === "reschedule_appointment") {
    return ["Done, your appointment is moved. Is there anything else?", "تمام، نقلت الميعاد. في حاجة تانية؟"];
  }
  return ["Your appointment is booked. Is there anything else?", "تم الحجز. في حاجة تانية؟"];
}
