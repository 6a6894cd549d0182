/** Callers who speak English. */
import { DateTime } from "luxon";
import { demoOf, startMs } from "./business.ts";
import type { Random } from "./random.ts";
import type { Asked, Tongue } from "./tongue.ts";

const digitWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const hourWords = "twelve one two three four five six seven eight nine ten eleven".split(" ");
const months = "January February March April May June July August September October November December".split(" ");

function ordinal(day: number): string {
  const suffix = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${suffix}`;
}

function sayDate(random: Random, date: string): string {
  const { timeZone } = demoOf("en");
  const day = DateTime.fromISO(date, { zone: timeZone });
  const ahead = day.diff(DateTime.fromMillis(startMs, { zone: timeZone }).startOf("day"), "days").days;
  const weekday = day.setLocale("en").toFormat("cccc");
  const month = months[day.month - 1] ?? "";
  const whole = [
    `${month} ${ordinal(day.day)}`,
    `the ${ordinal(day.day)} of ${month}`,
    `${weekday} ${month} ${day.day}`,
  ];
  if (ahead < 1.5) return random.pick(["tomorrow", "tomorrow", ...whole]);
  return random.pick(
    ahead < 6.5 ? [weekday, `this coming ${weekday}`, `${weekday} the ${ordinal(day.day)}`, ...whole] : whole,
  );
}

function sayTime(random: Random, time: string): string {
  const hour = Number(time.slice(0, 2));
  const word = hourWords[hour % 12] ?? "";
  const next = hourWords[(hour + 1) % 12] ?? "";
  const part = hour < 12 ? "in the morning" : "in the afternoon";
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}`;
  const half = hour < 12 ? "am" : "pm";
  switch (time.slice(3)) {
    case "00":
      return random.pick([word, `${word} o'clock`, `${clock} ${half}`, `${clock}:00 ${half}`, `${word} ${part}`]);
    case "30":
      return random.pick([
        `half past ${word}`,
        `${word} thirty`,
        `${clock}:30`,
        `${clock}:30 ${half}`,
        `${word} thirty ${part}`,
      ]);
    case "15":
      return random.pick([`quarter past ${word}`, `${clock}:15 ${half}`]);
    default:
      return time.endsWith("45") ? `quarter to ${next}` : `${clock}:${time.slice(3)} ${half}`;
  }
}

const sayDigit = (random: Random, digit: string): string =>
  digit === "0" ? random.pick(["zero", "oh"]) : (digitWords[Number(digit)] ?? digit);

/** Each entry is said, then there is a pause. */
function sayPhone(random: Random, digits: string): string[] {
  const groups = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)].filter((group) => group !== "");
  const inWords = (text: string) => [...text].map((digit) => sayDigit(random, digit)).join(" ");
  const doubled = (text: string) => inWords(text).replace(/\b(\w+) \1\b(?! \1)/g, "double $1");
  switch (random.between(0, 6)) {
    case 0:
      return [digits];
    case 1:
      return [groups.join(" ")];
    case 2:
      return [groups.join("-")];
    case 3:
      return [groups.map(inWords).join(" ")];
    case 4:
      return [groups.map(inWords).join(", ")];
    case 5:
      return groups.map(random.chance(50) ? inWords : (text) => text);
    default:
      return [groups.map(doubled).join(", ")];
  }
}

function timesIn(text: string): string[] {
  return [...text.matchAll(/\b(\d{1,2})(?::(\d\d))? ?(AM|PM)\b/gi)].map(([, hour, minute = "00", half = ""]) => {
    const value = (Number(hour) % 12) + (half.toUpperCase() === "PM" ? 12 : 0);
    return `${String(value).padStart(2, "0")}:${minute}`;
  });
}

function datesIn(text: string): string[] {
  return [...text.matchAll(new RegExp(`(${months.join("|")}) (\\d{1,2})`, "g"))].map(
    ([, month = "", day = ""]) => `${String(months.indexOf(month) + 1).padStart(2, "0")}-${day.padStart(2, "0")}`,
  );
}

const questions: readonly (readonly [Asked, RegExp])[] = [
  ["a message", /leave a message|take a message/i],
  ["anything else", /anything else/i],
  ["which one", /which (?:one|appointment|of them)|do you mean/i],
  ["all right", /^(?!(?:I )*I have [\d ]+\.).*is that right\?/i],
  ["digits right", /is that right\?/i],
  ["more digits", /so far|go on with|last digits|rest of the number/i],
  ["offer", /which time suits|time work\?/i],
  ["name", /name/i],
  ["phone", /number/i],
  ["service", /come in for|which treatment|which would you like/i],
  ["day", /\bday\b/i],
  ["time", /what time/i],
];

/** The last sentences hold the question; what stands before may be an answer. */
function asked(text: string): Asked {
  const tail = text
    .split(/(?<=[.!?])\s+/)
    .slice(-2)
    .join(" ");
  return questions.find(([, pattern]) => pattern.test(tail))?.[0] ?? "else";
}

export const englishCallers: Tongue = {
  firstNames:
    "Sarah James Mona Daniel Olivia Marcus Priya Grace Hannah Victor Elena Patrick Nadia Samuel Chloe Liam Yusuf Rachel Peter Aisha Thomas Julia Omar Megan Carlos Fatima Simon Laura Kevin Diana".split(
      " ",
    ),
  lastNames:
    "Miller Nguyen Adel Rivera Thompson O'Brien Patel Kowalski Harris Chen Okafor Fischer Bennett Morales Sullivan Ahmed Walsh Coleman Ibrahim Novak Parker Delgado Stone Rossi Whitfield Larsen Haddad Murphy Quinn Foster".split(
      " ",
    ),
  services: {
    Cleaning: ["a cleaning", "a teeth cleaning", "a cleaning", "a scale and polish"],
    "Check-up": ["a check-up", "a checkup", "an exam", "a check up"],
    Whitening: ["whitening", "teeth whitening", "a whitening"],
    Filling: ["a filling", "a filling", "a cavity"],
    Extraction: ["an extraction", "a tooth extraction", "a wisdom tooth extraction"],
    "Root canal": ["a root canal", "a root canal treatment"],
    "Braces consultation": ["a braces consultation", "braces", "a consultation about braces"],
  },
  opening: [
    "I'd like to book an appointment.",
    "Hi, I need an appointment please.",
    "Hello, can I make an appointment?",
    "Good morning, I want to come in and see the dentist.",
  ],
  openingService: [
    "Hi, I'd like to book {service}.",
    "I need {service} please.",
    "Hello, could I get an appointment for {service}?",
    "Can I schedule {service}?",
    "I'm a new patient and I'd like to book {service}.",
  ],
  openingServiceDay: [
    "I'd like to book {service} on {date}.",
    "Hi, do you have anything for {service} on {date}?",
    "Could I come in for {service} on {date}?",
    "Can you fit me in for {service} {date}?",
  ],
  openingWhole: [
    "Hi, my name is {name}, I'd like to book {service} on {date} at {time}, and my number is {phone}.",
    "This is {name}. Can I get {service} on {date} at {time}? My phone number is {phone}.",
    "I'd like {service} on {date} at {time} please, my name is {name} and you can reach me at {phone}.",
  ],
  openingMove: [
    "I need to move my appointment.",
    "Hi, can I reschedule my appointment?",
    "I already have an appointment and I'd like to change it.",
  ],
  openingMoveWhen: [
    "I'd like to move my appointment to {date} at {time}.",
    "Can I change my appointment to {date} at {time}?",
    "I can't make my appointment, could we do {date} at {time} instead?",
  ],
  askWhatIsFree: ["What do you have on {date}?", "{date}, what times do you have?"],
  tellService: ["{service}", "{service} please", "I need {service}", "It's for {service}."],
  tellDay: ["{date}", "{date} please", "How about {date}?", "{date} would be good", "On {date} if you can"],
  tellTime: [
    "{time}",
    "{time} please",
    "At {time}",
    "How about {time}?",
    "Could you do {time}?",
    "{time} would be great",
  ],
  tellPart: {
    morning: ["In the morning please", "Sometime in the morning", "Do you have anything in the morning?"],
    afternoon: ["In the afternoon", "Sometime in the afternoon please", "The afternoon is better for me"],
  },
  takeTime: ["{time} please", "{time} works", "I'll take {time}", "{time} is fine", "Let's do {time}"],
  tellName: ["{name}", "My name is {name}.", "It's {name}.", "{name} please", "Yes, it's {name}", "Sure, {name}"],
  spellName: ["{name}, that's {spelled}", "It's {name}, {spelled}.", "My name is {name}, {spelled}"],
  tellPhone: ["{phone}", "It's {phone}", "My number is {phone}", "Sure, it's {phone}"],
  correctPhone: [
    "No, the number is {phone}",
    "No, sorry, it's {phone}",
    "The phone number is wrong, it should be {phone}",
  ],
  correctEnd: [
    "No, the last four digits are {end}",
    "Sorry, it ends in {end}",
    "The number is wrong, it ends with {end}",
  ],
  correctDigit: [
    "No, the last digit is {right}, not {wrong}",
    "Sorry, the last digit should be {right}",
    "No, it ends in a {right}, not a {wrong}",
  ],
  correctName: ["No, the name is {name}", "It's {name}, not that", "No, my name is {name}"],
  correctService: [
    "Actually, I want {service} instead",
    "No, it's for {service}",
    "Sorry, make that {service}",
    "Wait, I'd rather have {service}",
  ],
  correctDay: [
    "Actually, can we make it {date}?",
    "No, {date} please",
    "Sorry, I meant {date}",
    "Hmm, {date} would be better",
  ],
  correctTime: [
    "Actually, can we make it {time}?",
    "No, at {time} please",
    "Sorry, I meant {time}",
    "Could we do {time} instead?",
  ],
  interrupt: ["{time} please", "Sorry, do you have {time}?", "Could I come at {time}?"],
  askPrice: [
    "How much is {service}?",
    "Wait, what does {service} cost?",
    "And how much do you charge for {service}?",
    "Before that, how much is it for {service}?",
  ],
  whichOne: ["The {service} one", "The one for {service}", "It's {service}", "{service}"],
  yes: ["Yes", "Yes, that's right.", "Yep, correct.", "That's right", "Yes please", "Perfect, yes", "Correct"],
  no: ["No", "No thank you"],
  goodbye: ["No, that's all, thank you. Bye!", "No thanks, goodbye.", "That's everything, thank you, bye."],
  again: ["Hello?", "Sorry, can you say that again?"],
  fillers: ["um", "uh", "well", "so", "let me see", "okay"],
  smallWords: new Set("please hi hello the a an sorry that's would be good is it's i'd like to".split(" ")),
  ...{ sayDate, sayTime, sayPhone, sayDigit, timesIn, datesIn, asked },
  spell: (name) => [...(name.split(" ").at(-1) ?? "").toUpperCase().replace(/[^A-Z]/g, "")].join(" "),
  nothingFree: /nothing free|just taken/i,
  done: /you're all set|is now|booked/i,
  namesService: (text, service) => text.toLowerCase().includes(service.toLowerCase()),
};
