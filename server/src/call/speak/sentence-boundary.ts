/** Is this punctuation mark the end of a sentence, of a clause, or only a dot in "3.50"? Pure, constant work per mark. */

export type BoundaryVerdict =
  | { kind: "none"; listNumber?: number }
  /** What follows has to be seen first. */
  | { kind: "wait"; listNumber?: number }
  /** `end`: index just after the mark and the quotes and brackets that close with it. */
  | { kind: "clause" | "sentence"; end: number; listNumber?: number };

export interface BoundaryContext {
  /** No more text follows. */
  readonly isLast: boolean;
  /** The last item number of a numbered list, so that "2. " after "1. " is known for the next item. */
  readonly listNumber: number;
}

const none: BoundaryVerdict = { kind: "none" };
const wait: BoundaryVerdict = { kind: "wait" };

/** Longest run of marks, closers and spaces looked at; bounds the wait and the work. */
const maxLookahead = 12;

const sentenceMarks = new Set([".", "!", "?", "؟", "…", "。"]);
const clauseMarks = new Set([",", "،", ";", "؛", ":", "—", "–", "-"]);
const closers = new Set(['"', "'", "”", "’", ")", "]", "}", "»", "*", "_", "`"]);

/** Never end a sentence. */
const titles = new Set(
  "dr mr mrs ms mx prof st mt sgt lt col gen rev hon e.g i.e eg ie vs cf approx al messrs ا.د أ.د م.م".split(" "),
);
/** End one only when a capital follows. */
const trailing = new Set(
  "a.m p.m am pm etc inc ltd co jr sr u.s u.k ph.d ave blvd rd apt dept est min max hr hrs ص.م ج.م".split(" "),
);
/** Do not end one when a digit follows. */
const beforeNumbers = new Set(
  "no nos tel ext fig p pp vol ch sec art jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun ت".split(
    " ",
  ),
);

export function judgeBoundary(text: string, at: number, context: BoundaryContext): BoundaryVerdict {
  const char = text[at] ?? "";
  if (char === "\n") return { kind: "sentence", end: at + 1, listNumber: 0 };
  if (sentenceMarks.has(char)) return judgeSentenceMark(text, at, context);
  if (clauseMarks.has(char)) return judgeClauseMark(text, at, context);
  return none;
}

function judgeSentenceMark(text: string, at: number, context: BoundaryContext): BoundaryVerdict {
  let end = at + 1;
  const limit = at + maxLookahead;
  while (end < limit && (sentenceMarks.has(text[end] ?? "") || closers.has(text[end] ?? ""))) end++;
  if (end >= text.length && !context.isLast && end < limit) return wait;
  const next = text[end] ?? "\n";
  const char = text[at] ?? "";
  if (!isSpace(next)) return isGlued(text, at, next) ? { kind: "sentence", end } : none;
  const run = text.slice(at, end);
  if (char !== "." && !run.includes("…")) return { kind: "sentence", end };
  return judgeDot(text, at, { ...context, end, isEllipsis: run.startsWith("..") || run.includes("…") });
}

/** "تمام.هنعمل": some writers leave the space out. In Latin script that is an address or a decimal, in Arabic it is not. */
function isGlued(text: string, at: number, next: string): boolean {
  if (!isArabicLetter(next)) return false;
  return text[at] !== "." || (isArabicLetter(text[at - 1] ?? "") && isArabicLetter(text[at - 2] ?? ""));
}

interface DotContext extends BoundaryContext {
  readonly end: number;
  readonly isEllipsis: boolean;
}

function judgeDot(text: string, at: number, context: DotContext): BoundaryVerdict {
  const { end } = context;
  const sentence: BoundaryVerdict = { kind: "sentence", end };
  const word = wordBefore(text, at);
  if (context.isEllipsis)
    return afterSpaces(text, context, (next) => (isLowerCase(next) ? { kind: "clause", end } : sentence));
  if (word === "") return sentence;
  if (isDigits(word)) return judgeListNumber(text, at, { ...context, number: Number(word), wordLength: word.length });
  const key = word.toLowerCase();
  if (titles.has(key)) return none;
  if (trailing.has(key)) return afterSpaces(text, context, (next) => (isUpperCase(next) ? sentence : none));
  if (beforeNumbers.has(key)) return afterSpaces(text, context, (next) => (isDigits(next) ? none : sentence));
  if (isInitial(word)) return none;
  return sentence;
}

/** "1. Cleaning": at the start of a line, after a colon, or one more than the item before. */
function judgeListNumber(
  text: string,
  at: number,
  context: DotContext & { number: number; wordLength: number },
): BoundaryVerdict {
  const { end, number, wordLength, listNumber } = context;
  if (wordLength > 2) return { kind: "sentence", end };
  const before = text.slice(Math.max(0, at - wordLength - 4), at - wordLength).trimEnd();
  const startsLine =
    before === "" ||
    /[\n:;.!?*#>-]$/.test(text.slice(Math.max(0, at - wordLength - 4), at - wordLength).replace(/[ \t*_]+$/, ""));
  const followsItem = listNumber > 0 && number === listNumber + 1;
  if (startsLine || followsItem) return { kind: "none", listNumber: number };
  return { kind: "sentence", end };
}

function judgeClauseMark(text: string, at: number, context: BoundaryContext): BoundaryVerdict {
  const char = text[at] ?? "";
  let end = at + 1;
  while (end < at + 3 && closers.has(text[end] ?? "")) end++;
  if (end >= text.length && !context.isLast) return wait;
  const next = text[end] ?? "\n";
  const clause: BoundaryVerdict = { kind: "clause", end };
  if (char === "-" && !isSpace(text[at - 1] ?? "")) return none;
  if (!isSpace(next)) {
    if (char === "—") return isDigits(next) ? none : clause;
    return (char === "،" || char === "؛") && isArabicLetter(next) ? clause : none;
  }
  // "April 5, 2026", "9 - 5": the two halves are one date, one range, one number.
  if (
    !/[\d٠-٩]/.test(
      text
        .slice(Math.max(0, at - 2), at)
        .trimEnd()
        .slice(-1),
    )
  )
    return clause;
  return afterSpaces(text, { ...context, end }, (following) => (isDigits(following) ? none : clause));
}

/** Decides by the first character after the white space, once it is there. */
function afterSpaces(
  text: string,
  context: { readonly end: number; readonly isLast: boolean },
  decide: (next: string) => BoundaryVerdict,
): BoundaryVerdict {
  let index = context.end;
  const limit = context.end + maxLookahead;
  while (index < limit && isSpace(text[index] ?? "") && text[index] !== "\n") index++;
  if (index >= text.length && !context.isLast && index < limit) return wait;
  const next = text[index];
  return next === undefined || next === "\n" ? { kind: "sentence", end: context.end } : decide(next);
}

/** The letters, digits and inner dots just before a dot; at most 8. */
function wordBefore(text: string, at: number): string {
  let start = at;
  while (start > 0 && at - start < 8 && /[\p{L}\p{N}.]/u.test(text[start - 1] ?? "")) start--;
  return text.slice(start, at);
}

/** "J." and "ا." — but "so do I." ends a sentence. */
function isInitial(word: string): boolean {
  const last = word.split(".").at(-1) ?? "";
  return (
    last.length === 1 && (word.length > 1 ? word.includes(".") : word !== "I" && word !== "a") && /\p{L}/u.test(last)
  );
}

function isSpace(char: string): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r" || char === "\u00a0";
}

function isDigits(text: string): boolean {
  return /^[\d٠-٩]+$/.test(text);
}

function isArabicLetter(char: string): boolean {
  return /\p{Script=Arabic}/u.test(char) && /\p{L}/u.test(char);
}

function isLowerCase(char: string): boolean {
  return char !== char.toUpperCase();
}

/** Arabic has no capitals: a letter of it after "ص.م" says nothing. */
function isUpperCase(char: string): boolean {
  return char !== char.toLowerCase();
}
