/** The platform's own sentences: which one, and how they are ready before they are needed. */

import type { Clock } from "../kernel/clock.ts";
import type { PhraseKind } from "./call-event.ts";
import type { CallPlan } from "./call-plan.ts";
import type { CallScope } from "./call-scope.ts";
import type { ProviderSwitch, TextToSpeech, VendorUse } from "./ports.ts";
import { reportSwitch, reportUsage } from "./record/report-error.ts";
import type { ToolTrouble } from "./reply/conversation.ts";
import { announcementOf, type Persona, personaOf } from "./reply/persona.ts";
import type { PhraseCache, PhraseVoice } from "./speak/phrase-cache.ts";
import { phraseKey, phraseVoiceOf } from "./speak/phrase-cache.ts";
import { preparePhrase } from "./speak/speak-segments.ts";

/** Said by the platform when the model put somebody through without a word. */
export function transferText(language: string): string {
  return language.startsWith("ar") ? "لحظة واحدة، هحولك دلوقتي." : "One moment, I'm putting you through.";
}

/** Said by the platform when a tool did not do its work and the model had no word for it. */
export function troubleText(
  trouble: ToolTrouble,
  { language, phrases }: Pick<Persona, "language" | "phrases">,
): string {
  const isArabic = language.startsWith("ar");
  switch (trouble) {
    case "failed":
      return isArabic
        ? "معلش، ماعرفتش أعملها دلوقتي. تحب أسيب رسالة للفريق؟"
        : "I'm sorry, that did not work. Shall I take a message for the team?";
    case "uncertain":
      return isArabic
        ? "معلش، لسه مش متأكد إنها تمت. الفريق هيراجعها ويكلمك."
        : "I'm sorry, I cannot tell yet whether that went through. The team will check it and get back to you.";
    case "refused":
      return phrases.recovery[0] ?? phrases.goodbye;
    default: {
      const unknown: never = trouble;
      throw new Error(`no such trouble: ${String(unknown)}`);
    }
  }
}

/** Told to a machine that reads something out. */
export function robocallText(language: string): string {
  return language.startsWith("ar")
    ? "عفواً، الخط ده مش بيستقبل مكالمات مسجلة. مع السلامة."
    : "I'm sorry, this line does not take recorded calls. Goodbye.";
}

/** Each of its own, where one must be heard to its end before the next. */
export function phraseTexts(persona: Persona, kind: PhraseKind, variant: number): readonly string[] {
  const text = phraseText(persona, kind, variant);
  const { announcement } = persona;
  return kind === "greeting" && announcement !== undefined ? [announcement, text] : [text];
}

function phraseText(
  persona: Pick<Persona, "phrases" | "greeting" | "language">,
  kind: PhraseKind,
  variant: number,
): string {
  const { phrases } = persona;
  const pick = (texts: readonly string[]) => texts[variant % Math.max(1, texts.length)] ?? phrases.apology;
  switch (kind) {
    case "greeting":
    case "handoff-greeting":
      return persona.greeting;
    case "transfer":
      return transferText(persona.language);
    case "filler":
      return pick(phrases.fillers);
    case "idle-prompt":
      return pick(phrases.idlePrompts);
    case "did-not-hear":
      return pick(phrases.didNotHear);
    case "recovery":
      return pick(phrases.recovery);
    case "apology":
      return phrases.apology;
    case "goodbye":
      return phrases.goodbye;
    case "keypad-menu":
      return phrases.keypadMenu;
    case "operator-say":
    case "emergency":
      return "";
    default: {
      const unknown: never = kind;
      throw new Error(`no such phrase: ${String(unknown)}`);
    }
  }
}

/**
 * Covers a wait inside a reply. A filler that is not ready is made ready for the next time, because it must not be late itself; it was not
 * heard, so the record does not say that it was.
 */
export function playFiller(scope: CallScope, replyId: string, variant: number): void {
  const { plan, persona, playback, phraseCache: cache, phraseVoice: voice, events, textToSpeech, clock } = scope;
  const text = phraseText(persona, "filler", variant);
  const segment = -1 - variant;
  const spoken = scope.voiceWorks() ? textToSpeech : undefined;
  const audio = cache.get(phraseKey(voice, text));
  if (spoken !== undefined && audio === undefined) {
    const { signal } = new AbortController();
    const told = { onUsage: reportUsage(events, "voice"), onSwitch: reportSwitch(events, "voice") };
    return void preparePhrases({ plan, voice, textToSpeech: spoken, cache, clock, signal, ...told }, [text]);
  }
  events.emit({ type: "reply-text", replyId, segment, phrase: "filler", content: { text } });
  if (spoken === undefined || audio === undefined) return;
  playback.begin({ replyId, segment, text, spokenLength: text.length, filler: true });
  playback.append({ replyId, segment }, audio);
  playback.endSegment({ replyId, segment });
}

export interface PrepareOptions {
  readonly plan: CallPlan;
  readonly voice: PhraseVoice;
  readonly textToSpeech: TextToSpeech;
  readonly cache: PhraseCache;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onUsage?: (use: VendorUse) => void;
  readonly onSwitch?: (change: ProviderSwitch) => void;
}

/** Makes the plan's recurring sentences ready, the greeting first. Called while the phone still rings. */
export async function preparePhrases(options: PrepareOptions, texts = recurringTexts(options.plan)): Promise<void> {
  const { plan, clock } = options;
  for (const text of texts) {
    if (options.signal.aborted) return;
    await preparePhrase({ ...options, text, timeZone: plan.timeZone, wallNow: () => clock.wallNow() });
  }
}

function recurringTexts(plan: CallPlan): string[] {
  const { phrases, emergency, transferTo, language } = plan;
  return [
    announcementOf(plan) ?? "",
    plan.greeting,
    // Somebody who needs help must not wait for a vendor.
    emergency?.say ?? "",
    ...phrases.fillers,
    ...phrases.recovery,
    ...phrases.didNotHear,
    ...phrases.idlePrompts,
    phrases.goodbye,
    phrases.apology,
    phrases.keypadMenu,
    transferTo === undefined ? "" : transferText(language),
  ].filter((text) => text !== "");
}

/** Whoever may take the call over begins without a wait too. After the plan's own sentences. */
export async function prepareHandoffs(options: PrepareOptions): Promise<void> {
  const { plan, voice, textToSpeech } = options;
  for (const target of plan.handoffs ?? []) {
    const persona = personaOf(target, plan);
    await preparePhrases({ ...options, voice: phraseVoiceOf(persona, textToSpeech, voice.format) }, [persona.greeting]);
  }
}
