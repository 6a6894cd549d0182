/** Scores every intent over an utterance and picks one. */
import { wordPattern } from "../language/normalize.ts";
import { saysCannot, weighEvidence } from "./evidence.ts";
import { indirectArabic } from "./indirect-ar.ts";
import { indirectEnglish } from "./indirect-en.ts";
import { arabicCorrection, arabicNo, arabicRules, arabicYes } from "./intents-ar.ts";
import { englishCorrection, englishNo, englishRules, englishYes } from "./intents-en.ts";
import type { Expecting, Intent, Slots } from "./types.ts";

const english = [...englishRules, ...indirectEnglish];
const rules = [...english, ...arabicRules, ...indirectArabic].map(
  ([intent, weight, source]) => [intent, weight, wordPattern(source.replace(/@fact/g, "@"))] as const,
);
const isArabicText = /[\u0600-\u06FF]/;
const englishCount = english.length;
const starts = (source: string) =>
  new RegExp(`^(?:(?:oh|um|uh|er|well|hmm|ah|اه|طب|طيب|يعني|بص|والله|معلش|sorry) )*${wordPattern(source).source}`, "u");
const yes = starts(`${englishYes}|${arabicYes}`);
const no = starts(`(?:(?:ok|okay|right|so) )?(?:${englishNo}|${arabicNo})`);
const correction = wordPattern(`${englishCorrection}|${arabicCorrection}`);
const dontWant = wordPattern("dont cancel|do not cancel|not cancel|مش عايز الغي|ما تلغيش|متلغيش|ماتلغيش");
const mild = wordPattern(
  "(?:do|can|does) (?:you|they)(?: \\w+)? (?:handle|take|treat|see|accept|do|deal with) (?:\\w+ )?emergenc(?:y|ies)|no (?:\\w+ )?(?:pain|bleeding|emergency)|not (?:an |in |really )*(?:emergency|bleeding|pain|urgent)|isnt an emergency|مش طواري|مش حاله طارئه|مفيش (?:نزيف|الم|وجع)|(?:bleeds?|bleeding|pain|hurts?|aches?|swelling|swollen)(?: \\w+)? (?:a (?:little|bit|tiny)|slightly|sometimes)|(?:a (?:little|bit of|slight|tiny|mild|small)|mild|slight|little|minor) (?:bit of )?(?:pain|bleeding|ache|swelling|blood)|(?:دم|نزيف|وجع|الم|ورم) (?:بسيط|خفيف|قليل|صغير|شويه|مش جامد)|(?:بتنزف|بينزف|بيوجع\\S*|بتوجع\\S*|وارم\\S*) (?:شويه|حاجه بسيطه|خفيف|بسيط)(?! و\\S* مش)|رقم الطواري",
);

export interface IntentChoice {
  intent: Intent;
  confidence: number;
}

export interface IntentInput {
  /** Normalised words. */
  readonly text: string;
  /** The same with services marked. */
  readonly marked: string;
  readonly slots: Slots;
  readonly expecting: Expecting | undefined;
}

/** The caller is answering about something being arranged. */
export function isUnderWay(expecting: Expecting | undefined): boolean {
  return expecting !== undefined && expecting !== "task" && expecting !== "anything-else";
}

function score(input: IntentInput): Map<Intent, number> {
  const scores = weighEvidence(input, isUnderWay(input.expecting));
  const hasArabic = isArabicText.test(input.text);
  const hasLatin = /[a-z]{2}/.test(input.text);
  rules.forEach(([intent, weight, pattern], index) => {
    if (index < englishCount ? !hasLatin : !hasArabic) return;
    if ((scores.get(intent) ?? 0) >= weight) return;
    if (pattern.test(input.text) || pattern.test(input.marked)) scores.set(intent, weight);
  });
  return scores;
}

/** Wishes that only look like others: "not an emergency", "don't cancel", "when can I come" and "how much" inside a booking. */
function settle(scores: Map<Intent, number>, input: IntentInput): void {
  if (mild.test(input.text)) scores.delete("emergency");
  if (dontWant.test(input.text)) scores.delete("cancel");
  if (isUnderWay(input.expecting) && (scores.get("cancel") ?? 0) < 8.6 && saysCannot(input.text))
    scores.delete("cancel");
  const reschedule = scores.get("reschedule") ?? 0;
  const cancel = scores.get("cancel") ?? 0;
  if (reschedule > 0 && cancel > 0 && (cancel < 9 || (cancel < 9.2 && reschedule > cancel))) scores.delete("cancel");
  if (Math.max(cancel, reschedule) >= 9) scores.delete("book");
  if (/(?:dont|not|مش) (?:want to |عايز )?cancel/.test(input.text)) scores.delete("cancel");
  const asksPrice = scores.get("ask-prices") ?? 0;
  if (asksPrice > 0 && (scores.get("book") ?? 0) < 7.9) scores.delete("book");
  if (scores.has("ask-hours") && scores.has("book") && /متاح|فاضي|available|احجز|book|slot/.test(input.text))
    scores.set("ask-hours", 6);
  if ((scores.get("ask-services") ?? 0) >= 7 && (scores.get("book") ?? 0) <= 7) scores.delete("book");
}

function isShort(text: string): boolean {
  return text.split(" ").length <= 6;
}

function pickContent(scores: ReadonlyMap<Intent, number>): [Intent, number] | undefined {
  return [...scores].sort((a, b) => b[1] - a[1])[0];
}

function hasFacts(slots: Slots): boolean {
  return Object.keys(slots).length > 0;
}

function answerOf(input: IntentInput): IntentChoice | undefined {
  const { text, slots, expecting } = input;
  const timing = slots.date ?? slots.time ?? slots.partOfDay ?? slots.service;
  const facts = timing ?? slots.name ?? slots.phone ?? slots.phoneEnd;
  const isNo = no.test(text);
  if (facts !== undefined && (isNo || correction.test(text)) && !/^(?:no|لا) (?:thanks|thank|شكرا)/.test(text))
    return { intent: "correction", confidence: 0.85 };
  if (isNo) return { intent: "no", confidence: 0.9 };
  if (correction.test(text) && isShort(text) && !yes.test(text)) return { intent: "correction", confidence: 0.6 };
  if (yes.test(text))
    return { intent: facts !== undefined && expecting !== "confirmation" ? "inform" : "yes", confidence: 0.9 };
  return undefined;
}

function withoutContent(input: IntentInput, top: [Intent, number] | undefined): IntentChoice {
  const { slots, expecting } = input;
  const answer = answerOf(input);
  const isPolite = top !== undefined && ["thanks", "goodbye", "greeting", "repeat"].includes(top[0]);
  if (answer && !(isPolite && (top?.[0] === "goodbye" || answer.intent === "yes") && !hasFacts(slots))) return answer;
  if (hasFacts(slots) && expecting !== undefined && expecting !== "task" && expecting !== "anything-else")
    return { intent: "inform", confidence: 0.85 };
  const isLoneDay =
    (slots.time ?? slots.service ?? slots.practitioner) === undefined && input.text.split(" ").length > 2;
  if ((slots.date ?? slots.time ?? slots.service ?? slots.practitioner) !== undefined && !isLoneDay)
    return { intent: "book", confidence: 0.55 };
  if (slots.name ?? slots.phone ?? slots.phonePart ?? slots.message) return { intent: "inform", confidence: 0.7 };
  if (isPolite && top) return { intent: top[0], confidence: 0.9 };
  if (slots.partOfDay) return { intent: "inform", confidence: 0.5 };
  return { intent: "unclear", confidence: 0.2 };
}

const polite = new Set<Intent>(["thanks", "goodbye", "greeting", "repeat"]);

/** One intent for the utterance. */
export function chooseIntent(input: IntentInput): IntentChoice {
  const scores = score(input);
  settle(scores, input);
  const top = pickContent(scores);
  if (top === undefined || polite.has(top[0])) {
    const isRepeat = top?.[0] === "repeat" && !(input.slots.phone ?? input.slots.date ?? input.slots.time);
    return isRepeat ? { intent: "repeat", confidence: 0.9 } : withoutContent(input, top);
  }
  const answer = answerOf(input);
  const isWeakBook = top[0] === "book" && top[1] < 5;
  const changesFacts =
    answer?.intent === "correction" && isUnderWay(input.expecting) && (isWeakBook || top[0] === "reschedule");
  if (changesFacts && answer) return answer;
  if (
    isWeakBook &&
    input.expecting !== undefined &&
    hasFacts(input.slots) &&
    input.expecting !== "task" &&
    input.expecting !== "anything-else"
  ) {
    return { intent: "inform", confidence: 0.8 };
  }
  return { intent: top[0], confidence: Math.min(0.98, 0.5 + top[1] / 20) };
}
