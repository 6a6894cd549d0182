/** Number words to digits, English and Arabic, over normalised words. */

function table(entries: Readonly<Record<number, string>>): Map<string, number> {
  return new Map(
    Object.entries(entries).flatMap(([value, words]) => words.split(" ").map((word) => [word, Number(value)] as const)),
  );
}

const units = table({
  0: "zero صفر زيرو",
  1: "one واحد واحده",
  2: "two اتنين اتنان اتنتين",
  3: "three تلاته تلات",
  4: "four اربعه اربع",
  5: "five خمسه خمس",
  6: "six سته ست",
  7: "seven سبعه سبع",
  8: "eight تمانيه تمنيه تمانيا تماني تمن تمنيا",
  9: "nine تسعه تسع",
});
const teens = table({
  10: "ten عشره عشر",
  11: "eleven حداشر احداشر حضاشر",
  12: "twelve اتناشر اطناشر تناشر",
  13: "thirteen تلتاشر تلاتاشر تلطاشر",
  14: "fourteen اربعتاشر اربعطاشر",
  15: "fifteen خمستاشر خمسطاشر خمساشر",
  16: "sixteen ستاشر سطاشر",
  17: "seventeen سبعتاشر سبعطاشر",
  18: "eighteen تمنتاشر تمانتاشر تمنطاشر",
  19: "nineteen تسعتاشر تسعطاشر",
});
const tens = table({
  20: "twenty عشرين عشرون",
  30: "thirty تلاتين تلاتون",
  40: "forty fourty اربعين اربعون",
  50: "fifty خمسين خمسون",
  60: "sixty ستين ستون",
  70: "seventy سبعين سبعون",
  80: "eighty تمانين تمانون",
  90: "ninety تسعين تسعون",
});
const hundreds = table({
  100: "ميه مايه مييه",
  200: "ميتين مايتين",
  300: "تلتميه",
  400: "ربعميه",
  500: "خمسميه",
  600: "ستميه",
  700: "سبعميه",
  800: "تمنميه",
  900: "تسعميه",
});
const ordinals = table({
  1: "first",
  2: "second",
  3: "third",
  4: "fourth",
  5: "fifth",
  6: "sixth",
  7: "seventh",
  8: "eighth",
  9: "ninth",
  10: "tenth",
  11: "eleventh",
  12: "twelfth",
  13: "thirteenth",
  14: "fourteenth",
  15: "fifteenth",
  16: "sixteenth",
  17: "seventeenth",
  18: "eighteenth",
  19: "nineteenth",
  20: "twentieth",
  30: "thirtieth",
});
const repeats = table({ 2: "double دبل دوبل", 3: "triple treble تريبل" });
const plurals = new Map([
  ["صفرين", "00"],
  ["خمستين", "55"],
  ["تلاتات", "333"],
  ["خمسات", "555"],
  ["اصفار", "000"],
]);

/** One Arabic و that clings to a number is a word of its own. */
function splitWords(text: string): string[] {
  return text.split(" ").flatMap((word) => {
    const rest = word.startsWith("و") ? word.slice(1) : "";
    const isNumber =
      rest !== "" &&
      word !== "واحد" &&
      word !== "واحده" &&
      (units.has(rest) || teens.has(rest) || tens.has(rest) || hundreds.has(rest));
    return isNumber ? ["و", rest] : [word];
  });
}

interface Reader {
  readonly words: readonly string[];
  at: number;
}

/** `twenty four`, `عشرين`, `خمسه و عشرين`, `ميه و عشرين`: the value, and how many words it took. */
function readNumber(words: readonly string[], at: number): { value: number; taken: number } | undefined {
  const word = words[at] ?? "";
  const hundred = hundreds.get(word);
  if (hundred !== undefined) {
    const joined = words[at + 1] === "و" ? 2 : 0;
    const rest = joined > 0 ? readNumber(words, at + joined) : undefined;
    return rest && rest.value < 100
      ? { value: hundred + rest.value, taken: joined + rest.taken }
      : { value: hundred, taken: 1 };
  }
  const ten = tens.get(word);
  if (ten !== undefined) {
    const unit = /[a-z]/.test(word) ? units.get(words[at + 1] ?? "") : undefined;
    return unit ? { value: ten + unit, taken: 2 } : { value: ten, taken: 1 };
  }
  const teen = teens.get(word);
  if (teen !== undefined) return { value: teen, taken: 1 };
  const unit = units.get(word);
  if (unit === undefined) return undefined;
  const next = words[at + 1] ?? "";
  if (next === "و" && tens.has(words[at + 2] ?? ""))
    return { value: unit + (tens.get(words[at + 2] ?? "") ?? 0), taken: 3 };
  if (
    (next === "عشر" || next === "عشره") &&
    unit > 2 &&
    /[\u0600-\u06FF]/.test(word) &&
    !word.endsWith("ه") === (next === "عشره")
  ) {
    return { value: 10 + unit, taken: 2 };
  }
  return { value: unit, taken: 1 };
}

function readOrdinal(words: readonly string[], at: number): { value: number; taken: number } | undefined {
  const ten = /[a-z]/.test(words[at] ?? "") ? tens.get(words[at] ?? "") : undefined;
  const unit = ten === undefined ? undefined : ordinals.get(words[at + 1] ?? "");
  if (ten !== undefined && unit !== undefined && unit < 10) return { value: ten + unit, taken: 2 };
  const single = ordinals.get(words[at] ?? "");
  return single === undefined ? undefined : { value: single, taken: 1 };
}

function readNext(reader: Reader): string {
  const { words, at } = reader;
  const word = words[at] ?? "";
  const times = repeats.get(word);
  const repeated =
    times === undefined
      ? undefined
      : (units.get(words[at + 1] ?? "") ?? (/^\d$/.test(words[at + 1] ?? "") ? Number(words[at + 1]) : undefined));
  if (times !== undefined && repeated !== undefined) {
    reader.at += 2;
    return String(repeated).repeat(times);
  }
  const plural = plurals.get(word);
  const ordinal = readOrdinal(words, at);
  const number = readNumber(words, at);
  reader.at += ordinal?.taken ?? number?.taken ?? 1;
  if (plural !== undefined) return plural;
  if (ordinal) return `${ordinal.value}th`;
  return number ? String(number.value) : word;
}

/** The same words with numbers as digits: `half past two` → `half past 2`, `خمسه وعشرين نوفمبر` → `25 نوفمبر`. */
export function numbersToDigits(normalized: string): string {
  const reader: Reader = { words: splitWords(normalized), at: 0 };
  const out: string[] = [];
  while (reader.at < reader.words.length) out.push(readNext(reader));
  return out.join(" ");
}
