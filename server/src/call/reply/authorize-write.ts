/**
 * Whether a write may be done: only with the caller's own word. Whatever a document, a web page, a note or a tool's answer said
 * to the model, a write passes in one of two ways:
 *
 * - **asked**: every material value (who, when, which, where to) comes from the caller's own words of this call, or from what the
 *   call knows by itself, and the caller's words since the last such deed ask for it;
 * - **agreed**: the caller's latest turn says yes to a question of the agent's that was heard, and that read the values back.
 *
 * Free text (a note, a message's body) is the model's own wording: only the numbers and addresses in it must come from somewhere.
 * What cannot be told is refused, and the model is told to read back and ask: a true wish is asked once more at worst.
 */
import { parseBusinessFacts } from "@parley/contract/business-facts";
import type { CountryCode } from "libphonenumber-js";
import type { ConversationMessage, ToolSpec } from "../ports.ts";
import { agreesTo, type ReadBack, readBackOf } from "./consent/affirmation.ts";
import type { DeedKind } from "./consent/deed-words.ts";
import { type Material, materialOf } from "./consent/material.ts";
import { leavesTimeOpen, picksOne, readMoment, saysDay, saysTime } from "./consent/said-times.ts";
import {
  differInScript,
  plainDigits,
  samePhone,
  saysAddress,
  saysNumber,
  saysPhone,
  unsaidWords,
} from "./consent/said-values.ts";
import { digitsOf, wordsOf } from "./consent/spoken-words.ts";
import { deedKindOf, namesDeed, namesOtherDeed, wishesDeed } from "./consent/wishes.ts";

export interface WriteQuestion {
  readonly spec: ToolSpec;
  readonly input: unknown;
  /** The whole call so far: of the agent's words only what was heard, the latest turn of the caller's included. */
  readonly messages: readonly ConversationMessage[];
  /** Outputs of tools in the reply under way, of which nothing was heard yet. */
  readonly outputs?: readonly unknown[];
  /** How many of the caller's turns there were when such a deed was last done; 0: never. */
  readonly turnsAtLastDeed: number;
  /** The same deed was refused before, so that the agent has been told to ask. */
  readonly wasRefused?: boolean;
  readonly known: WhatIsKnown;
  readonly nowMs: number;
}

/** What the call knows without anybody's saying it. */
export interface WhatIsKnown {
  /** Of the other end. */
  readonly phone?: string;
  /** The owner's; services' other names are read from its facts. */
  readonly instructions: string;
  /** BCP-47. */
  readonly language: string;
  readonly timeZone: string;
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly lacking: readonly string[] };

const allowed: Verdict = { allowed: true };

export function authorizeWrite(question: WriteQuestion): Verdict {
  const { spec, input } = question;
  if (spec.effect === "read" || spec.consent === "free") return allowed;
  const talk = readTalk(question);
  const material = materialOf(input, spec);
  const kind = deedKindOf(spec.name);
  const said = sourceOf(talk.callerText, talk, question);
  const unsaid = material.filter((each) => !isSaid(each, said) && !isOffered(each, said, talk));
  const isAsked = kind !== undefined && talk.callerTurns.slice(talk.fromTurn).some((text) => wishesDeed(text, kind));
  if (isAsked && unsaid.length === 0) return allowed;
  if (
    talk.agreed !== undefined &&
    isReadBack({ ...talk, agreed: talk.agreed }, { question, material, unsaid, kind, isAsked })
  )
    return allowed;
  return { allowed: false, lacking: unsaid.map(({ path }) => path) };
}

interface Talk {
  readonly callerTurns: readonly string[];
  /** The caller's words, and what they agreed to when the agent said it. */
  readonly callerText: string;
  readonly agentText: string;
  /** The first turn whose wish still stands. */
  readonly fromTurn: number;
  /** What the caller's latest turn says yes to. */
  readonly agreed?: ReadBack;
  /** Everything that tools gave, as text. */
  readonly outputs: string;
}

function readTalk({ messages, outputs = [], turnsAtLastDeed }: WriteQuestion): Talk {
  const callerTurns: string[] = [];
  const adopted: string[] = [];
  const results: unknown[] = [...outputs];
  const agent: string[] = [];
  let before = "";
  let agreed: ReadBack | undefined;
  for (const message of messages) {
    if (message.role === "tool") results.push(message.output);
    if (message.role === "agent") {
      before = `${before} ${message.text}`.trim();
      agent.push(message.text);
    }
    if (message.role !== "caller") continue;
    callerTurns.push(message.text);
    agreed = before !== "" && agreesTo(message.text, before) ? readBackOf(before) : undefined;
    if (agreed !== undefined) adopted.push(agreed.question);
    before = "";
  }
  return {
    callerTurns,
    callerText: [...callerTurns, ...adopted].join("\n"),
    agentText: agent.join("\n"),
    // One turn may ask for several deeds; a later one must ask anew.
    fromTurn: callerTurns.length > turnsAtLastDeed ? turnsAtLastDeed : Math.max(0, turnsAtLastDeed - 1),
    ...(agreed === undefined ? {} : { agreed }),
    outputs: results.map((output) => (typeof output === "string" ? output : (JSON.stringify(output) ?? ""))).join("\n"),
  };
}

/** Words in which a value may be found. */
interface Source {
  readonly text: string;
  readonly words: readonly string[];
  readonly digits: string;
  readonly outputs: string;
  readonly question: WriteQuestion;
}

function sourceOf(text: string, { outputs }: Pick<Talk, "outputs">, question: WriteQuestion): Source {
  return { text, words: wordsOf(text), digits: digitsOf(text), outputs, question };
}

const countries: Readonly<Record<string, CountryCode>> = { ar: "EG", en: "US", fr: "FR", de: "DE", es: "ES", it: "IT" };

function countryOf(language: string): CountryCode {
  const [tongue = "", region = ""] = language.split("-");
  return (/^[A-Z]{2}$/.test(region) ? region : (countries[tongue.toLowerCase()] ?? "US")) as CountryCode;
}

function isSaid({ kind, value }: Material, { text, words, digits, outputs, question }: Source): boolean {
  const { known, nowMs } = question;
  const country = countryOf(known.language);
  switch (kind) {
    case "phone":
      if (known.phone !== undefined && samePhone(value, known.phone, country)) return true;
      return known.phone === value || saysPhone(digits, value, country);
    case "address":
      return saysAddress(text, value);
    case "moment": {
      const now = { nowMs, timeZone: known.timeZone };
      const moment = readMoment(value, now);
      if (moment === undefined) return false;
      return (
        (moment.day === undefined || saysDay(text, moment, now)) &&
        (moment.time === undefined || saysTime(text, moment))
      );
    }
    case "number":
      return saysNumber(text, Number(value));
    case "identifier":
      return text.includes(value) || isLeafOf(outputs, value);
    case "words":
      return (
        unsaidWords(words, value).length === 0 || isOtherNameOf(value, words, question) || saysPhoneLike(value, digits)
      );
    default: {
      const unknown: never = kind;
      throw new Error(`no such kind: ${String(unknown)}`);
    }
  }
}

const saysPhoneLike = (value: string, digits: string) =>
  !/\p{L}/u.test(value) && plainDigits(value) !== "" && digits.includes(plainDigits(value));

/** An id that a tool gave as a value of its own, not inside a sentence. */
const isLeafOf = (outputs: string, value: string) => outputs.includes(JSON.stringify(value));

/** The owner's facts say what else a service is called, in any language. */
function isOtherNameOf(value: string, said: readonly string[], { known }: WriteQuestion): boolean {
  const { services } = parseBusinessFacts(known.instructions);
  return services.some(({ name, aliases }) => {
    const names = [name, ...aliases];
    return (
      names.some((each) => unsaidWords(wordsOf(each), value).length === 0) &&
      names.some((each) => wordsOf(each).length > 0 && unsaidWords(said, each).length === 0)
    );
  });
}

/** A time that a tool gave as free, that was read out, and that the caller took; or the caller left the choice open. */
function isOffered({ kind, value }: Material, said: Source, talk: Talk): boolean {
  const { known, nowMs } = said.question;
  const now = { nowMs, timeZone: known.timeZone };
  const moment = kind === "moment" ? readMoment(value, now) : undefined;
  if (moment?.atMs === undefined) return false;
  const isFree = [...talk.outputs.matchAll(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}[^"\s,\]}]*/g)].some(
    ([slot]) => readMoment(slot, now)?.atMs === moment.atMs,
  );
  if (!isFree) return false;
  if (leavesTimeOpen(said.text)) return true;
  const lastTurn = talk.callerTurns.at(-1) ?? "";
  return saysTime(talk.agentText, moment) && (saysTime(said.text, moment) || picksOne(lastTurn));
}

interface Deed {
  readonly question: WriteQuestion;
  readonly material: readonly Material[];
  readonly unsaid: readonly Material[];
  readonly kind: DeedKind | undefined;
  readonly isAsked: boolean;
}

/** A yes lets through what its question read back, and nothing that another question would have to ask. */
function isReadBack(
  talk: Talk & { readonly agreed: ReadBack },
  { question, material, unsaid, kind, isAsked }: Deed,
): boolean {
  const { agreed } = talk;
  const all = sourceOf(agreed.all, talk, question);
  const asked = sourceOf(agreed.question, talk, question);
  const isIn = (each: Material, source: Source) =>
    isSaid(each, source) || (each.kind === "words" && differInScript(each.value, source.text));
  // Where something is sent must stand in the question itself, not in a sentence on the way to it.
  const isHeard = (each: Material) => isIn(each, each.kind === "phone" || each.kind === "address" ? asked : all);
  if (!unsaid.every(isHeard)) return false;
  if (isAsked) return true;
  if (kind !== undefined && namesDeed(agreed.all, kind)) return !isOnlyAbout(agreed, kind);
  // A tool that has no words of its own may be asked for in any: all that it would do was read back.
  if (kind === undefined) return material.length > 0 ? material.every(isHeard) : namesTool(question, agreed);
  if (namesOtherDeed(agreed.question, kind)) return false;
  const heard = material.filter((each) => isSaid(each, all));
  return heard.length >= 2;
}

/** The question asks for another deed; this one is only mentioned before it. */
function isOnlyAbout({ question }: ReadBack, kind: DeedKind): boolean {
  return !namesDeed(question, kind) && namesOtherDeed(question, kind);
}

/** A tool without values and without words of ours for it: its own name was read back, where it can be compared. */
function namesTool({ spec, wasRefused }: WriteQuestion, { all }: ReadBack): boolean {
  if (differInScript(spec.name, all)) return wasRefused === true;
  return unsaidWords(wordsOf(all), spec.name.replace(/[_-]+/g, " ")).length === 0;
}
