/** Takes numbers and addresses that name a person out of words. Pure. Card numbers are found by what is given for them. */
import { type CountryCode, findPhoneNumbersInText, isSupportedCountry } from "libphonenumber-js/max";

/** As the contract names them. */
export type RedactedKind = "card" | "national-id" | "iban" | "email" | "phone";

export interface Redaction {
  readonly kinds: readonly RedactedKind[];
  readonly maskCards: (text: string) => string;
  /** Where a number without a country code belongs. */
  readonly country?: string | undefined;
  /**
   * What stands for an address or a number instead of `[e-mail address]` and `[phone number]`. `key` is the same for every spelling
   * of the same one. Asked in the order of the text.
   */
  readonly nameOf?: ((found: Found) => string) | undefined;
}

export interface Found {
  readonly kind: "email" | "phone";
  readonly key: string;
  readonly written: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly key?: string;
}

type Name = string | ((written: string, span: Span) => string);

const ssn = /(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])/g;
const nino =
  /(?<![\p{L}\d])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\p{L}\d])/giu;
/** Century, year, month, day, governorate, four digits, a check digit. */
const egyptian =
  /(?<!\d)[23][ -]?\d{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])[ -]?(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)[ -]?\d{4}[ -]?\d(?!\d)/g;
const iban = /(?<![\p{L}\d])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\p{L}\d])/giu;
/** The finder of telephone numbers takes its time, and sees only what can be one. */
const digitGroups = /[+(\uFF0B]{0,3}\d(?:[\s()./\u00AD\u2010-\u2015\u2212~+-]{0,4}\d)+/g;
const fewestDigits = 6;
/** Begins where nothing of it stands before: a long word without an @ is read once, not once from each of its letters. */
const email = /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/**
 * Each becomes `[phone number]` and the like. Written in Western or Arabic digits; of numbers that are spoken as words, cards alone
 * are found. A telephone number without a country code is found where a country is given.
 */
export function redactText(text: string, { kinds, maskCards, country, nameOf }: Redaction): string {
  const named = (kind: Found["kind"], plain: string): Name =>
    nameOf === undefined ? plain : (written, { key }) => nameOf({ kind, key: key ?? written.toLowerCase(), written });
  let words = kinds.includes("card") ? maskCards(text) : text;
  if (kinds.includes("iban")) words = mask(words, "[account number]", ibansIn);
  if (kinds.includes("national-id")) words = mask(words, "[national id]", nationalIdsIn);
  if (kinds.includes("email"))
    words = mask(words, named("email", "[e-mail address]"), (plain) => matches(plain, email));
  if (kinds.includes("phone"))
    words = mask(words, named("phone", "[phone number]"), (plain) => phonesIn(plain, country));
  return words;
}

/** The finders see Western digits; each takes as many places as the one it stands for. */
function mask(text: string, by: Name, find: (plain: string) => readonly Span[]): string {
  if (!/[\p{Nd}@]/u.test(text)) return text;
  const plain = text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
  let masked = "";
  let at = 0;
  for (const span of find(plain).toSorted((left, right) => left.start - right.start)) {
    const written = text.slice(span.start, span.end);
    masked += text.slice(at, span.start) + (typeof by === "string" ? by : by(written, span));
    at = span.end;
  }
  return masked + text.slice(at);
}

const matches = (text: string, shape: RegExp): Span[] =>
  [...text.matchAll(shape)].map((match) => ({ start: match.index, end: match.index + match[0].length }));

function nationalIdsIn(text: string): Span[] {
  // None of them can stand within another.
  return [ssn, nino, egyptian].flatMap((shape) => matches(text, shape));
}

const ibansIn = (text: string) => matches(text, iban).filter(({ start, end }) => isIban(text.slice(start, end)));

/** ISO 13616: the country and check digits to the end, letters as numbers, the remainder by 97 is 1. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(" ", "").toUpperCase();
  if (plain.length < 15 || plain.length > 34) return false;
  const digits = [...`${plain.slice(4)}${plain.slice(0, 4)}`].map((letter) => Number.parseInt(letter, 36)).join("");
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

function phonesIn(text: string, country: string | undefined): Span[] {
  const home: CountryCode | undefined = country !== undefined && isSupportedCountry(country) ? country : undefined;
  let read = 0;
  return matches(text, digitGroups).flatMap(({ start, end }) => {
    if ((text.slice(start, end).match(/\d/g)?.length ?? 0) < fewestDigits) return [];
    // With what stands around it: a number within a word is none.
    const from = Math.max(read, start - 3);
    read = end;
    const found = findPhoneNumbersInText(text.slice(from, end + 3), home);
    return found.map(({ startsAt, endsAt, number }) => {
      return { start: from + startsAt, end: from + endsAt, key: number.number };
    });
  });
}

/** The same for strings anywhere in a value. */
export function redactValue(value: unknown, redaction: Redaction): unknown {
  if (typeof value === "string") return redactText(value, redaction);
  if (typeof value === "number") {
    const [plain, redacted] = [String(value), redactText(String(value), redaction)];
    return redacted === plain ? value : redacted;
  }
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redaction));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, redaction)]));
}
