/**
 * Knows from a call's events when a card's digits are being given. Pure: takes what happened, gives the next state. From the
 * agent's question until the agent has gone on to something else, nothing of it may be recorded; without a question, digits that
 * come as a card's do are found out while they are said, and the exchange counts from the beginning of the caller's speech.
 */

import { findDigitRuns } from "../spoken-digits.ts";
import { isCardNumber, startsLikeCard } from "./redact.ts";

export type CardObservation =
  /** A sentence the agent is about to say. `isPhrase`: the platform's own ("one moment"), which ends nothing. */
  | { readonly type: "agent-says"; readonly text: string; readonly isPhrase: boolean; readonly atMs: number }
  | { readonly type: "caller-starts"; readonly atMs: number }
  /** Words so far of what the caller is saying. */
  | { readonly type: "caller-words"; readonly text: string; readonly atMs: number }
  | { readonly type: "keypad"; readonly digit: string; readonly atMs: number }
  /** The caller's turn is over. */
  | { readonly type: "caller-turn"; readonly text: string; readonly atMs: number }
  /** Somebody calls for help: that is what the recording is for. */
  | { readonly type: "emergency"; readonly atMs: number };

export interface CardGuardState {
  readonly isTaking: boolean;
  /** When the exchange began; what was recorded since must go. */
  readonly takingSinceMs: number;
  /** Help was called for while digits may have been said: they are masked, the recording goes on. Until the caller speaks anew. */
  readonly isOverruled: boolean;
  /** The caller has answered since the last question. */
  readonly isAnswered: boolean;
  /** When the caller's turn in progress began. */
  readonly speechSinceMs: number | undefined;
  readonly keys: string;
  readonly lastKeyAtMs: number;
}

export const idleCardGuard: CardGuardState = {
  isTaking: false,
  takingSinceMs: 0,
  isOverruled: false,
  isAnswered: false,
  speechSinceMs: undefined,
  keys: "",
  lastKeyAtMs: Number.NEGATIVE_INFINITY,
};

/** Keys further apart than this belong to different numbers. */
const keyGapMs = 10_000;
/** From here on a number that begins as a card's does is taken for one. */
const tellingDigits = 8;

export function advanceCardGuard(state: CardGuardState, seen: CardObservation): CardGuardState {
  switch (seen.type) {
    case "agent-says":
      return afterAgent(state, seen);
    case "caller-starts":
      return { ...state, speechSinceMs: state.speechSinceMs ?? seen.atMs, isOverruled: false };
    case "emergency":
      return { ...idleCardGuard, isOverruled: true };
    case "caller-words":
      return afterWords(state, seen);
    case "caller-turn":
      return { ...afterWords(state, seen), isAnswered: true, speechSinceMs: undefined };
    case "keypad":
      return afterKey(state, seen);
    default: {
      const unknown: never = seen;
      throw new Error(`no such observation: ${JSON.stringify(unknown)}`);
    }
  }
}

function afterAgent(state: CardGuardState, seen: CardObservation & { type: "agent-says" }): CardGuardState {
  if (asksForCard(seen.text)) {
    const takingSinceMs = state.isTaking ? state.takingSinceMs : seen.atMs;
    return { ...state, isTaking: true, takingSinceMs, isAnswered: false, keys: "" };
  }
  // The agent repeats what it heard: the exchange is not over.
  const repeats = findDigitRuns(seen.text).some((run) => run.digits.length >= 4);
  if (!state.isTaking || seen.isPhrase || repeats || !state.isAnswered) return state;
  return { ...idleCardGuard, speechSinceMs: state.speechSinceMs };
}

function afterWords(state: CardGuardState, { text, atMs }: { text: string; atMs: number }): CardGuardState {
  if (state.isTaking || state.isOverruled || !findDigitRuns(text).some(looksLikeCard)) return state;
  return { ...state, isTaking: true, takingSinceMs: state.speechSinceMs ?? atMs };
}

function afterKey(state: CardGuardState, { digit, atMs }: { digit: string; atMs: number }): CardGuardState {
  const goesOn = atMs - state.lastKeyAtMs <= keyGapMs;
  const keys = /^[0-9]$/.test(digit) ? `${goesOn ? state.keys : ""}${digit}` : "";
  const next = { ...state, keys, lastKeyAtMs: atMs };
  if (state.isTaking || keys.length < tellingDigits || !startsLikeCard(keys)) return next;
  return { ...next, isTaking: true, takingSinceMs: atMs };
}

/** A whole card number, or the beginning of one: in fours, or too long for a telephone. */
function looksLikeCard({ digits, groups }: { digits: string; groups: readonly { digits: string }[] }): boolean {
  if (isCardNumber(digits)) return true;
  if (digits.length < tellingDigits || !startsLikeCard(digits)) return false;
  const lengths = groups.map((group) => group.digits.length);
  const inFours = lengths.length >= 2 && lengths.slice(0, 2).every((length) => length === 4);
  const asAmex = lengths[0] === 4 && lengths[1] === 6;
  return inFours || asAmex || digits.length >= 13;
}

const englishCard =
  /\b(?<!insurance |id |identity |membership |health |loyalty |gift |business |library )(?:cards?|visa|master ?card|amex)\b/;
const englishDetail = /\b(?:numbers?|digits|details|expir\w*|expires)\b/;
const englishCode =
  /\b(?:cvv|cvc|cvv2|security code|card verification|three digits? (?:on|at|from) the back|expir(?:y|ation) date)\b/;
const arabicCard =
  /(?:كارت|كرت|بطاق[ةه]|بطاقت|فيزا|ماستر ?كارد|ميز[ةه])(?!\S*\s+(?:ال)?(?:شخصي|قومي|تأمين|تامين|هوي|عضوي))/u;
const arabicDetail = /(?:رقم|أرقام|ارقام|نمر[ةه]|بيانات|تاريخ)/u;
const arabicCode =
  /(?:سي ?في ?[فس]ي|رمز (?:ال)?[أا]مان|كود (?:ال)?[أا]مان|رقم (?:ال)?سري|الرقم السري|تاريخ (?:ال)?(?:انتهاء|صلاحي)|(?:الثلاث|التلات|ثلاث|تلات)\S* ?[أا]رقام)/u;

/** The agent asks for (or speaks of) a card's number, code or date. */
export function asksForCard(text: string): boolean {
  const words = text.toLowerCase();
  if (englishCode.test(words) || arabicCode.test(words)) return true;
  return (englishCard.test(words) && englishDetail.test(words)) || (arabicCard.test(words) && arabicDetail.test(words));
}
