/** Digits as they are said or written, in English and Arabic (Egyptian too): where they stand in a text and what they are. */

interface DigitGroup {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

/** Groups with nothing between them but what separates the groups of one number. */
export interface DigitRun {
  readonly groups: readonly DigitGroup[];
  /** All digits, 0–9. */
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

const units: Readonly<Record<string, string>> = {
  ...{ zero: "0", oh: "0", o: "0", nought: "0", one: "1", two: "2", three: "3", four: "4", five: "5" },
  ...{ six: "6", seven: "7", eight: "8", nine: "9" },
  ...{ صفر: "0", زيرو: "0", واحد: "1", واحده: "1", اتنين: "2", اثنين: "2", اثنان: "2", تنين: "2" },
  ...{ تلاته: "3", ثلاثه: "3", تلات: "3", ثلاث: "3", اربعه: "4", اربع: "4", خمسه: "5", خمس: "5" },
  ...{ سته: "6", ست: "6", سبعه: "7", سبع: "7", تمانيه: "8", ثمانيه: "8", تمنيه: "8", تمن: "8", تسعه: "9", تسع: "9" },
};
const teens: Readonly<Record<string, string>> = {
  ...{ ten: "10", eleven: "11", twelve: "12", thirteen: "13", fourteen: "14", fifteen: "15", sixteen: "16" },
  ...{ seventeen: "17", eighteen: "18", nineteen: "19" },
  ...{ عشره: "10", حداشر: "11", اتناشر: "12", تلتاشر: "13", تلاتاشر: "13", اربعتاشر: "14", خمستاشر: "15" },
  ...{ ستاشر: "16", سبعتاشر: "17", تمنتاشر: "18", تسعتاشر: "19" },
};
const tens: Readonly<Record<string, string>> = {
  ...{ twenty: "2", thirty: "3", forty: "4", fourty: "4", fifty: "5", sixty: "6", seventy: "7", eighty: "8" },
  ...{ ninety: "9", عشرين: "2", عشرون: "2", تلاتين: "3", ثلاثين: "3", ثلاثون: "3", اربعين: "4", اربعون: "4" },
  ...{ خمسين: "5", خمسون: "5", ستين: "6", ستون: "6", سبعين: "7", سبعون: "7", تمانين: "8", ثمانين: "8" },
  ...{ ثمانون: "8", تسعين: "9", تسعون: "9" },
};
const repeats: Readonly<Record<string, number>> = { double: 2, triple: 3, treble: 3, دبل: 2, تربل: 3 };
/** Said between the groups of one number. */
const between = new Set([
  "and",
  "then",
  "uh",
  "um",
  "er",
  "dash",
  "space",
  "slash",
  "و",
  "ثم",
  "بعدين",
  "يعني",
  "شرطه",
]);
const separator = /^[\s.,،\-–—/*·•_()"']*$/u;

const arabicMarks = /[\u064b-\u065f\u0670\u0640]/gu;

function plainWord(word: string): string {
  return word.toLowerCase().replace(arabicMarks, "").replace(/[أإآ]/gu, "ا").replace(/ة/gu, "ه").replace(/ى/gu, "ي");
}

/** Any script's decimal digits as 0–9. */
function westernDigits(text: string): string {
  return text.replace(/[٠-٩۰-۹]/gu, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
}

interface Token {
  readonly start: number;
  readonly end: number;
  readonly word: string;
}

function digitsOfWord(word: string): string | undefined {
  if (/^[0-9]+$/.test(word)) return word;
  const tensDigit = tens[word];
  return units[word] ?? teens[word] ?? (tensDigit === undefined ? undefined : `${tensDigit}0`);
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(/[0-9٠-٩۰-۹]+|[\p{L}\p{M}]+/gu)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    word: westernDigits(plainWord(match[0])),
  }));
}

/** "forty two" and «اتنين واربعين» are 42. Gives the group and how many words it took. */
function groupAt(tokens: readonly Token[], at: number): { group: DigitGroup; words: number } | undefined {
  const first = tokens[at] as Token;
  const next = tokens[at + 1];
  const made = (digits: string, words: number) => {
    const end = (tokens[at + words - 1] as Token).end;
    return { group: { digits, start: first.start, end }, words };
  };
  const times = repeats[first.word];
  const repeated = next && digitsOfWord(next.word);
  if (times !== undefined) return repeated === undefined ? undefined : made(repeated.repeat(times), 2);
  const tensDigit = tens[first.word];
  const unit = next === undefined ? undefined : units[next.word];
  if (tensDigit !== undefined && unit !== undefined && unit !== "0" && /^[a-z]/.test(first.word)) {
    return made(tensDigit + unit, 2);
  }
  const ownUnit = units[first.word];
  const joinedTens = next?.word.startsWith("و") ? tens[next.word.slice(1)] : undefined;
  if (ownUnit !== undefined && joinedTens !== undefined) return made(joinedTens + ownUnit, 2);
  const digits =
    digitsOfWord(first.word) ?? (first.word.startsWith("و") ? digitsOfWord(first.word.slice(1)) : undefined);
  return digits === undefined ? undefined : made(digits, 1);
}

/** In order. A word that is no number, or punctuation that ends a thought, ends a run. */
export function findDigitRuns(text: string): DigitRun[] {
  const tokens = tokensOf(text);
  const runs: DigitGroup[][] = [];
  let isOpen = false;
  for (let at = 0; at < tokens.length; ) {
    const found = groupAt(tokens, at);
    const token = tokens[at] as Token;
    const gap = text.slice(tokens[at - 1]?.end ?? 0, token.start);
    if (!separator.test(gap)) isOpen = false;
    if (found === undefined) {
      if (!between.has(token.word)) isOpen = false;
      at++;
      continue;
    }
    if (isOpen) runs.at(-1)?.push(found.group);
    else runs.push([found.group]);
    isOpen = true;
    at += found.words;
  }
  return runs.map(toRun);
}

export function toRun(groups: readonly DigitGroup[]): DigitRun {
  return {
    groups,
    digits: groups.map((group) => group.digits).join(""),
    start: groups[0]?.start ?? 0,
    end: groups.at(-1)?.end ?? 0,
  };
}
