/** Takes card numbers out of words. Pure; what is stored, shown or logged of a call goes through here. */
import { type DigitRun, findDigitRuns, toRun } from "../spoken-digits.ts";

export const cardMask = "[card number]";

/** The check digit fits. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Begins as the cards of the large schemes do (Visa, Mastercard, Amex, Discover, Diners, JCB, UnionPay, Maestro, Meeza). */
export function startsLikeCard(digits: string): boolean {
  return /^(?:4|5[0-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[04-9]|6[0-9])/.test(digits);
}

/** 13 to 19 digits, a right check digit, and no telephone number's beginning. */
export function isCardNumber(digits: string): boolean {
  return /^[2-9][0-9]{12,18}$/.test(digits) && passesLuhn(digits);
}

/** Every card number, written or spoken, in Western or Arabic digits, becomes `[card number]`. */
export function maskCardNumbers(text: string): string {
  return replaceRuns(text, findDigitRuns(text).flatMap(cardRunsIn));
}

/** Every run of at least `minDigits` digits becomes `[card number]`: for what is said while a card is being read out. */
export function maskDigits(text: string, minDigits: number): string {
  return replaceRuns(
    text,
    findDigitRuns(text).filter((run) => run.digits.length >= minDigits),
  );
}

/** The same for strings and numbers anywhere in `content`. */
export function maskContent<T>(content: T, maskText: (text: string) => string): T {
  return maskAny(content, maskText) as T;
}

function maskAny(content: unknown, maskText: (text: string) => string): unknown {
  if (typeof content === "string") return maskText(content);
  if (typeof content === "number") return isCardNumber(String(content)) ? cardMask : content;
  if (Array.isArray(content)) return content.map((item) => maskAny(item, maskText));
  if (typeof content !== "object" || content === null) return content;
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, maskAny(value, maskText)]));
}

function replaceRuns(text: string, runs: readonly DigitRun[]): string {
  let masked = text;
  for (const { start, end } of runs.toReversed()) masked = masked.slice(0, start) + cardMask + masked.slice(end);
  return masked;
}

/** The whole run, or, where more digits stand beside it (an expiry date, a code), the groups that make a card number. */
function cardRunsIn(run: DigitRun): DigitRun[] {
  if (isCardNumber(run.digits)) return [run];
  const found: DigitRun[] = [];
  for (let first = 0; first < run.groups.length; ) {
    const end = run.digits.length < 13 ? first : endOfCard(run, first);
    if (end > first) found.push(toRun(run.groups.slice(first, end)));
    first = Math.max(end, first + 1);
  }
  return found;
}

/** Behind the last group of the longest card number that begins at `first`; `first` when none does. */
function endOfCard({ groups }: DigitRun, first: number): number {
  let digits = "";
  let end = first;
  for (let at = first; at < groups.length && digits.length < 19; at++) {
    digits += groups[at]?.digits ?? "";
    if (startsLikeCard(digits) && isCardNumber(digits)) end = at + 1;
  }
  return end;
}
