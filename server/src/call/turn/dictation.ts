/** Is the caller in the middle of a number, an e-mail address or a spelling? Cutting in there loses it. */
import type { CountryCode } from "libphonenumber-js/max";
import { isValidPhoneNumber, validatePhoneNumberLength } from "libphonenumber-js/max";
import {
  arabicLetterNames,
  digitWords,
  emailContext,
  numberContext,
  spellingContext,
  tensWords,
} from "./phrase-words.ts";

export interface Dictation {
  readonly dictation: "none" | "digits" | "email" | "spelling";
  /** A phone number or an e-mail address has just become complete. */
  readonly completed: boolean;
}

const nothing: Dictation = { dictation: "none", completed: false };
const contextWords = 7;

/** `tokens`: the words of `text` in `normaliseWord`'s form. `asked`: it ends in a question mark. */
export function dictationOf(
  text: string,
  tokens: readonly string[],
  options: { readonly language: string; readonly asked: boolean },
): Dictation {
  if (options.asked || tokens.length === 0) return nothing;
  const email = emailOf(text, tokens);
  if (email !== nothing) return email;
  if (isSpelling(text, tokens)) return { dictation: "spelling", completed: false };
  return digitsOf(tokens, options.language);
}

// ---------------------------------------------------------------- e-mail

const providers = new Set("gmail yahoo hotmail outlook icloud live جيميل ياهو هوتميل اوتلوك".split(" "));
const dots = new Set(["dot", "دوت", "نقطه"]);
const ats = new Set(["at", "ات", "آت"]);
const domainEnds = new Set("com net org co io eg sa ae uk edu gov me info كوم نت اورج".split(" "));
const joiners = new Set(["underscore", "dash", "hyphen", "اندرسكور", "داش", "شرطه"]);
const verbsAfterEmail = new Set("me you us him her them it to about and that at".split(" "));

function emailOf(text: string, tokens: readonly string[]): Dictation {
  if (text.includes("@")) {
    const address = text.slice(text.lastIndexOf("@"));
    if (/^@[\w.-]*\.[a-z]{2,}[\s.,!]*$/i.test(address)) return { dictation: "none", completed: true };
    return /^@\s*[\w.-]*\s*(?:(?:dot|\.)\s*)?$/i.test(address) ? { dictation: "email", completed: false } : nothing;
  }
  const last = tokens.at(-1) ?? "";
  const before = tokens.at(-2) ?? "";
  const underWay: Dictation = { dictation: "email", completed: false };
  const hasAt = tokens.some(
    (token, index) =>
      ats.has(token) &&
      (providers.has(tokens[index + 1] ?? "") || tokens.slice(index).some((later) => dots.has(later))),
  );
  if (domainEnds.has(last) && dots.has(before)) return { dictation: "none", completed: true };
  if (hasAt && (dots.has(last) || providers.has(last))) return underWay;
  const named = emailNamedAt(tokens);
  if (named < 0) return (dots.has(last) || joiners.has(last)) && tokens.length > 1 ? underWay : nothing;
  const rest = tokens.slice(named);
  if (rest.some((token, index) => dots.has(token) && domainEnds.has(rest[index + 1] ?? ""))) return nothing;
  return underWay;
}

/** Where the words of an address begin: after "email is", "email address:", "الايميل بتاعي". -1: none is being given. */
function emailNamedAt(tokens: readonly string[]): number {
  for (let index = tokens.length - 1; index >= Math.max(0, tokens.length - contextWords - 3); index--) {
    const token = tokens[index] ?? "";
    if (!emailContext.has(token)) continue;
    const next = tokens[index + 1] ?? "";
    const arabic = /[\u0600-\u06ff]/.test(token);
    if (arabic)
      return next === "" || next === "بتاعي" || next === "هو" || token.endsWith("ي") || /^[a-z]/.test(next)
        ? index + 1
        : -1;
    const verb = next === "address" ? (tokens[index + 2] ?? "") : next;
    if (verbsAfterEmail.has(verb)) return -1;
    if (verb === "is" || verb === "it's" || verb === "would") return index + 1;
    return -1;
  }
  return -1;
}

// ---------------------------------------------------------------- spelling

function isSpelling(text: string, tokens: readonly string[]): boolean {
  const last = tokens.at(-1) ?? "";
  if (/(?:^|\s)\p{L}(?:[-.]\s?\p{L}){1,}[-.]?\s*$/u.test(text) && !/\b[ap]\.\s?m\.?\s*$/i.test(text)) return true;
  let run = 0;
  for (let index = tokens.length - 1; index >= 0 && isLetter(tokens[index] ?? ""); index--) run++;
  if (run >= 2) return true;
  const near = tokens.slice(-contextWords);
  if (
    near.some((token) => spellingContext.has(token)) &&
    (run === 1 || spellingContext.has(last) || ["it's", "with", "is"].includes(last))
  )
    return true;
  // "S as in Sam", "B for Bravo".
  const [third = "", second = "", first = ""] = [tokens.at(-3), tokens.at(-2), tokens.at(-1)];
  if (isLatinLetter(third) && second === "for" && /^[a-z]/.test(first) && first.startsWith(third)) return true;
  return (
    isLatinLetter(tokens.at(-4) ?? "") && third === "as" && second === "in" && first.startsWith(tokens.at(-4) ?? "-")
  );
}

function isLetter(token: string): boolean {
  return (token.length === 1 && /\p{L}/u.test(token) && token !== "و") || arabicLetterNames.has(token);
}

function isLatinLetter(token: string): boolean {
  return token.length === 1 && token >= "a" && token <= "z";
}

// ---------------------------------------------------------------- digits

const repeats: ReadonlyMap<string, number> = new Map([
  ["double", 2],
  ["triple", 3],
  ["دبل", 2],
]);

interface DigitRun {
  digits: string;
  tokens: number;
  /** Tokens that are one digit each, as in dictation. */
  singles: number;
  hasRepeat: boolean;
  plus: boolean;
}

function digitsOf(tokens: readonly string[], language: string): Dictation {
  const run = trailingDigits(tokens);
  const before = tokens.slice(0, tokens.length - run.tokens).slice(-contextWords);
  const inContext = before.slice(-4).some((token) => numberContext.has(token));
  if (run.tokens === 0) return nothing;
  if (isWholePhoneNumber(run, language)) return { dictation: "none", completed: true };
  return isDictated(run, tokens, inContext) ? { dictation: "digits", completed: false } : nothing;
}

function trailingDigits(tokens: readonly string[]): DigitRun {
  const pieces: string[] = [];
  const run: DigitRun = { digits: "", tokens: 0, singles: 0, hasRepeat: false, plus: false };
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index] ?? "";
    const piece = digitPiece(token);
    if (piece === undefined) break;
    run.tokens++;
    if (repeats.has(token)) {
      run.hasRepeat = true;
      const repeated = pieces.pop();
      if (repeated !== undefined) pieces.push(repeated.slice(0, 1).repeat((repeats.get(token) ?? 1) - 1) + repeated);
      continue;
    }
    if (token === "plus" || token === "بلس" || token.startsWith("+")) run.plus = true;
    if (piece.length === 1) run.singles++;
    if (piece !== "") pieces.push(piece);
  }
  run.digits = pieces.toReversed().join("");
  return run;
}

/** The digits a word stands for; "" for a word that only continues a run; undefined for any other. */
function digitPiece(token: string): string | undefined {
  if (/^\+?\d[\d().-]*$/.test(token)) return token.replace(/\D/g, "");
  if (token === "plus" || token === "+" || token === "بلس" || repeats.has(token)) return "";
  const bare = token.length > 3 && token.startsWith("و") && token !== "واحد" ? token.slice(1) : token;
  return digitWords.get(bare) ?? tensWords.get(bare) ?? hyphenated(token);
}

function hyphenated(token: string): string | undefined {
  const [tens, unit, more] = token.split("-");
  if (more !== undefined || tens === undefined || unit === undefined) return undefined;
  const high = tensWords.get(tens);
  const low = digitWords.get(unit);
  return high !== undefined && low !== undefined ? high.slice(0, 1) + low : undefined;
}

function isDictated(run: DigitRun, tokens: readonly string[], inContext: boolean): boolean {
  if (run.hasRepeat || run.plus) return true;
  if (inContext) return true;
  if (run.digits.startsWith("0") && run.digits.length >= 2) return true;
  if (run.singles >= 2 && run.singles === run.tokens) return true;
  if (run.singles >= 3) return true;
  // One written number: "2026", "350" and "1250" are years, prices; five digits are dictated.
  const lastToken = tokens.at(-1) ?? "";
  return run.digits.length >= 5 && /\d/.test(lastToken) && !lastToken.endsWith("000");
}

// ---------------------------------------------------------------- phone numbers

const countries: ReadonlyMap<string, CountryCode> = new Map<string, CountryCode>([
  ["en", "US"],
  ["ar", "EG"],
  ["fr", "FR"],
  ["de", "DE"],
  ["es", "ES"],
  ["it", "IT"],
]);
const minPhoneDigits = 7;

function countryOf(language: string): CountryCode {
  const [tongue = "", ...rest] = language.split("-");
  const region = rest.find((part) => /^[A-Z]{2}$/i.test(part))?.toUpperCase();
  return (region as CountryCode | undefined) ?? countries.get(tongue.toLowerCase()) ?? "US";
}

/**
 * A length that is possible is not enough: 9 digits of an Egyptian mobile number are as long as a landline's. So the number
 * is valid as it stands, or has a possible length and no further digit fits.
 */
function isWholePhoneNumber(run: DigitRun, language: string): boolean {
  if (run.digits.length < minPhoneDigits || run.digits.length > 15) return run.digits.length > 15;
  const international = run.plus || run.digits.startsWith("00");
  const number = international ? `+${run.digits.replace(/^00/, "")}` : run.digits;
  const country = countryOf(language);
  if (isValidPhoneNumber(number, country)) return true;
  if (validatePhoneNumberLength(number, country) !== undefined) return false;
  return validatePhoneNumberLength(`${number}0`, country) === "TOO_LONG";
}
