import type { CalendarDate, ClockTime, SpokenLanguage } from "./spoken-language.ts";
import { maxCardinal, splitNumber } from "./spoken-language.ts";

const small =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "  twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const months = "January February March April May June July August September October November December".split(" ");
const scales: readonly [number, string][] = [
  [1_000_000_000, "billion"],
  [1_000_000, "million"],
  [1000, "thousand"],
];
const irregularOrdinals: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

function under100(value: number): string {
  if (value < 20) return small[value] ?? "";
  const unit = value % 10;
  const ten = tens[Math.floor(value / 10)] ?? "";
  return unit === 0 ? ten : `${ten}-${small[unit] ?? ""}`;
}

function cardinal(value: number): string {
  if (value > maxCardinal) return digits(String(value));
  if (value < 100) return under100(value);
  if (value < 1000) return join(`${small[Math.floor(value / 100)] ?? ""} hundred`, value % 100);
  for (const [size, name] of scales) {
    if (value >= size) return join(`${cardinal(Math.floor(value / size))} ${name}`, value % size);
  }
  return String(value);
}

function join(head: string, rest: number): string {
  return rest === 0 ? head : `${head} ${cardinal(rest)}`;
}

function ordinal(value: number): string {
  const spoken = cardinal(value);
  const last = spoken.split(/[ -]/).at(-1) ?? spoken;
  const head = spoken.slice(0, spoken.length - last.length);
  return head + (irregularOrdinals[last] ?? (last.endsWith("y") ? `${last.slice(0, -1)}ieth` : `${last}th`));
}

function year(value: number): string {
  const century = Math.floor(value / 100);
  const rest = value % 100;
  if (value < 1100 || value > 2099 || (century === 20 && rest < 10)) return cardinal(value);
  if (rest === 0) return `${under100(century)} hundred`;
  return `${under100(century)} ${rest < 10 ? `oh ${under100(rest)}` : under100(rest)}`;
}

function digits(text: string): string {
  return [...text.replace(/\D/g, "")].map((digit) => small[Number(digit)] ?? "").join(" ");
}

function number(text: string): string {
  const { negative, whole, fraction } = splitNumber(text);
  const spoken = whole.length > 12 ? digits(whole) : cardinal(Number(whole));
  return (negative ? "minus " : "") + spoken + (fraction === "" ? "" : ` point ${digits(fraction)}`);
}

function time({ hour, minute, meridiem, bare }: ClockTime): string {
  const spokenHour = small[hour % 12 === 0 ? 12 : hour % 12] ?? "";
  const told = meridiem ?? (hour >= 13 ? "pm" : hour === 0 ? "am" : undefined);
  const half = told === undefined || bare ? "" : ` ${told.toUpperCase()}`;
  if (minute === 0) return half === "" && !bare ? `${spokenHour} o'clock` : spokenHour + half;
  return `${spokenHour} ${minute < 10 ? `oh ${small[minute] ?? ""}` : under100(minute)}${half}`;
}

function date(value: CalendarDate): string {
  const spoken = `${months[value.month - 1] ?? ""} ${ordinal(value.day)}`;
  return value.year === undefined ? spoken : `${spoken}, ${year(value.year)}`;
}

interface Currency {
  readonly one: string;
  readonly many: string;
  readonly cent: string;
  readonly cents: string;
}

const currencies: Readonly<Record<string, Currency>> = {
  USD: { one: "dollar", many: "dollars", cent: "cent", cents: "cents" },
  EUR: { one: "euro", many: "euros", cent: "cent", cents: "cents" },
  GBP: { one: "pound", many: "pounds", cent: "penny", cents: "pence" },
  EGP: { one: "Egyptian pound", many: "Egyptian pounds", cent: "piaster", cents: "piasters" },
  SAR: { one: "Saudi riyal", many: "Saudi riyals", cent: "halala", cents: "halalas" },
  AED: { one: "dirham", many: "dirhams", cent: "fils", cents: "fils" },
  KWD: { one: "Kuwaiti dinar", many: "Kuwaiti dinars", cent: "fils", cents: "fils" },
  QAR: { one: "Qatari riyal", many: "Qatari riyals", cent: "dirham", cents: "dirhams" },
  JPY: { one: "yen", many: "yen", cent: "sen", cents: "sen" },
};

function money(amount: string, code: string, scale?: string): string {
  const names = currencies[code] ?? { one: code, many: code, cent: "cent", cents: "cents" };
  const { negative, whole, fraction } = splitNumber(amount);
  if (scale !== undefined) return `${number(amount)} ${scale} ${names.many}`;
  if (fraction.length > 2) return `${number(amount)} ${names.many}`;
  const cents = Number(fraction.padEnd(2, "0"));
  const spokenCents = `${cardinal(cents)} ${cents === 1 ? names.cent : names.cents}`;
  const sign = negative ? "minus " : "";
  if (Number(whole) === 0 && cents > 0) return sign + spokenCents;
  const spoken = `${sign}${number(whole)} ${Number(whole) === 1 ? names.one : names.many}`;
  return cents === 0 ? spoken : `${spoken} and ${spokenCents}`;
}

/** One, many. */
const measures: Readonly<Record<string, readonly [string, string]>> = {
  fahrenheit: ["degree Fahrenheit", "degrees Fahrenheit"],
  celsius: ["degree Celsius", "degrees Celsius"],
  degree: ["degree", "degrees"],
  km: ["kilometer", "kilometers"],
  m: ["meter", "meters"],
  cm: ["centimeter", "centimeters"],
  mm: ["millimeter", "millimeters"],
  kg: ["kilogram", "kilograms"],
  g: ["gram", "grams"],
  mg: ["milligram", "milligrams"],
  mcg: ["microgram", "micrograms"],
  l: ["liter", "liters"],
  ml: ["milliliter", "milliliters"],
  lb: ["pound", "pounds"],
  oz: ["ounce", "ounces"],
  ft: ["foot", "feet"],
  mi: ["mile", "miles"],
  mph: ["mile per hour", "miles per hour"],
  kmh: ["kilometer per hour", "kilometers per hour"],
  min: ["minute", "minutes"],
  hour: ["hour", "hours"],
  sec: ["second", "seconds"],
  ms: ["millisecond", "milliseconds"],
  sqm: ["square meter", "square meters"],
  gb: ["gigabyte", "gigabytes"],
  mb: ["megabyte", "megabytes"],
};

function measure(amount: string, unit: string): string {
  const [one, many] = measures[unit] ?? [unit, unit];
  return `${number(amount)} ${amount === "1" ? one : many}`;
}

export const spokenEnglish: SpokenLanguage = {
  cardinal,
  ordinal,
  year,
  digits,
  number,
  time,
  date,
  money,
  percent: (amount) => `${number(amount)} percent`,
  measure,
  words: {
    at: "at",
    dot: "dot",
    slash: "slash",
    dash: "dash",
    underscore: "underscore",
    plus: "plus",
    and: "and",
    or: "or",
    to: "to",
    minus: "minus",
    numberSign: "number",
    about: "about",
    times: "times",
    equals: "equals",
    over: "over",
    degrees: "degrees",
    comma: ",",
    around: "twenty-four seven",
  },
};
