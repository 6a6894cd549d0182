/** What can be told of a call without a language model: from what was done, how it ended, and the caller's first words. Pure. */
import type { AnalysisResult } from "@parley/contract/analysis";
import type { OutcomeField } from "../../call/call-plan.ts";
import { answersOf, type CallReading, type DoneTool } from "./call-reading.ts";
import { type RuleWords, ruleWordsFor } from "./rule-words.ts";

const longestQuote = 160;

const textIn = (object: unknown, name: string): string => {
  const value = typeof object === "object" && object !== null ? (object as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value.replace(/\s+/g, " ").trim() : "";
};

function shorten(text: string, length: number): string {
  const plain = text.replace(/\s+/g, " ").trim();
  if (plain.length <= length) return plain;
  const cut = plain.slice(0, length).toWellFormed();
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), length / 2)).replace(/\uFFFD$/u, "")}…`;
}

/** `2026-11-24T10:00…`, local to the business, as a person writes it. Empty when it is no time. */
function spellTime(local: string, language: string): string {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})/.exec(local)?.[1];
  if (found === undefined) return "";
  const format = new Intl.DateTimeFormat(language, {
    ...{ weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZone: "UTC" },
  });
  return format.format(new Date(`${found}:00Z`));
}

interface Told {
  readonly words: RuleWords;
  readonly language: string;
}

const done = (tools: readonly DoneTool[], name: string) =>
  tools.filter((tool) => tool.name === name && tool.outcome === "ok");

function tellDeeds({ tools, ...call }: CallReading, { words, language }: Told): string[] {
  const told = tools.flatMap((tool): string[] => {
    if (tool.outcome !== "ok") return [];
    const when = spellTime(textIn(tool.output, "startsAt"), language);
    if (tool.name === "book_appointment") return [words.booked(textIn(tool.input, "service"), when)];
    if (tool.name === "reschedule_appointment") return [words.moved(when)];
    if (tool.name === "cancel_appointment") return [words.cancelled];
    return tool.name === "take_message" ? [words.tookMessage] : [];
  });
  if (call.isEmergency) told.push(words.emergency);
  if (call.isTransferred) told.push(words.transferred);
  return told;
}

/** After the caller's last words the agent finished an answer of its own. */
function endedAnswered({ turns }: CallReading): boolean {
  const lastWords = turns.findLastIndex(({ speaker }) => speaker === "caller");
  return turns.slice(lastWords + 1).some(({ speaker, phrase }) => speaker !== "caller" && phrase === undefined);
}

function outcomeOf(call: CallReading): AnalysisResult["outcome"] {
  if (call.isTransferred) return "transferred";
  const arranged = ["book_appointment", "reschedule_appointment", "cancel_appointment"];
  if (arranged.some((name) => done(call.tools, name).length > 0)) return "booked";
  if (done(call.tools, "take_message").length > 0) return "message-taken";
  if (endedAnswered(call) && answersOf(call).length > 0) return "question-answered";
  return call.hangUpReason === "caller-hung-up" || call.hangUpReason === "connection-lost"
    ? "abandoned"
    : "no-need-met";
}

const successOf = (outcome: AnalysisResult["outcome"]): AnalysisResult["success"] => {
  if (outcome === "question-answered") return "unclear";
  return outcome === "no-need-met" || outcome === "abandoned" ? "no" : "yes";
};

function followUpsOf({ tools, wantedPerson, isTransferred }: CallReading, { words }: Told): string[] {
  const messages = done(tools, "take_message").map(({ input }) =>
    words.passOn(textIn(input, "name") || words.somebody, shorten(textIn(input, "message"), 400)),
  );
  const failed = Object.entries(words.deeds)
    .filter(([name]) => tools.some((tool) => tool.name === name) && done(tools, name).length === 0)
    .map(([, deed]) => words.failedDeed(deed));
  const callBack = wantedPerson && !isTransferred && messages.length === 0 ? [words.callBack] : [];
  return [...messages, ...failed, ...callBack];
}

export function analyseByRules(
  call: CallReading,
  { language, fields }: { language: string; fields: readonly OutcomeField[] },
): AnalysisResult {
  const told: Told = { words: ruleWordsFor(language), language };
  const { words } = told;
  const first = call.turns.find(({ speaker }) => speaker === "caller");
  const deeds = tellDeeds(call, told);
  const answers = answersOf(call).length;
  const outcome = outcomeOf(call);
  const sentences = [
    first === undefined ? words.noWords : words.wanted(shorten(first.text, longestQuote).replace(/\.$/, "")),
    ...(deeds.length > 0 ? deeds : [answers > 0 ? words.answered(answers) : words.unanswered]),
    ...(call.isTransferred ? [] : [words.ended[call.hangUpReason] ?? ""]),
  ];
  return {
    summary: sentences.filter((sentence) => sentence !== "").join(" "),
    ...{ outcome, language },
    success: successOf(outcome),
    successReason: words.reasons[outcome],
    sentiment: null,
    followUps: followUpsOf(call, told),
    fields: Object.fromEntries(fields.map(({ name }) => [name, null])),
  };
}
