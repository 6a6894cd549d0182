import type { BusinessFacts } from "@parley/contract/business-facts";
import type { CountryCode } from "libphonenumber-js";
import type { SpokenLanguage } from "../language/normalize.ts";

export type Intent =
  | "book"
  | "reschedule"
  | "cancel"
  | "ask-hours"
  | "ask-prices"
  | "ask-location"
  | "ask-services"
  | "leave-message"
  | "speak-to-human"
  | "emergency"
  | "ask-robot"
  | "greeting"
  | "thanks"
  | "yes"
  | "no"
  /** Takes back something said: "no, at four", "I meant Thursday". */
  | "correction"
  | "repeat"
  | "goodbye"
  /** Only facts, as an answer to a question: a name, a number, a time. */
  | "inform"
  | "unclear";

export type PartOfDay = "morning" | "afternoon" | "evening";

export interface Slots {
  /** The service's name in the facts; without facts or outside them, a plain English word. */
  service?: string;
  /** yyyy-MM-dd in the business's zone. */
  date?: string;
  /** HH:mm, 24 hours. */
  time?: string;
  partOfDay?: PartOfDay;
  name?: string;
  /** E.164. */
  phone?: string;
  /** Digits of a number that is not whole yet. */
  phonePart?: string;
  /** The last digits of a number that is known already, as they should be. */
  phoneEnd?: string;
  practitioner?: string;
  message?: string;
}

/** What the agent has just asked for. */
export type Expecting =
  | "service"
  | "date"
  | "time"
  | "name"
  | "phone"
  | "confirmation"
  | "message"
  | "anything-else"
  | "task";

export interface UnderstandContext {
  /** Unix milliseconds of now. */
  readonly nowMs: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Country of numbers said without a country code. */
  readonly region: CountryCode;
  readonly facts: BusinessFacts;
  readonly expecting?: Expecting;
}

export interface Understanding {
  readonly intent: Intent;
  readonly slots: Slots;
  /** Undefined where the utterance has no words of either language. */
  readonly language: SpokenLanguage | undefined;
  /** 0–1. */
  readonly confidence: number;
}
