import { containsPhrase, normaliseWords, positionOf } from "./phrases.ts";
import type { PlatformEvent } from "./platform-api.ts";
import type { CallResult } from "./result.ts";
import type { Expectations } from "./scenario.ts";

export interface Verdict {
  readonly what: string;
  readonly outcome: "held" | "failed" | "unknown";
  readonly found?: string;
}

/** Every expectation of the scenario against the call; what needs the platform's events is "unknown" without them. */
export function checkExpectations(expect: Expectations, result: CallResult): Verdict[] {
  return [
    ...checkScript(result),
    ...checkHeard(expect, result),
    ...checkLatency(expect, result),
    ...checkSound(expect, result),
    ...checkEnd(expect, result),
    ...checkEvents(expect, result),
  ];
}

function verdict(what: string, held: boolean, found?: string): Verdict {
  return { what, outcome: held ? "held" : "failed", ...(found === undefined ? {} : { found }) };
}

function checkScript({ failure }: CallResult): Verdict[] {
  return [verdict("the script was played to its end", failure === undefined, failure)];
}

function checkHeard({ heard }: Expectations, result: CallResult): Verdict[] {
  const all = [...heard.contains, ...heard.notContains, ...heard.inOrder];
  if (all.length > 0 && result.heard === "") {
    const found = "no word could be made out: the platform's voice carries none and its events are not available";
    return [{ what: "words heard", outcome: "unknown", found }];
  }
  const order =
    heard.inOrder.length === 0
      ? []
      : [verdict(`heard in order: ${heard.inOrder.join(" → ")}`, isInOrder(result.heard, heard.inOrder))];
  return [
    ...heard.contains.map((phrase) => verdict(`heard "${phrase}"`, containsPhrase(result.heard, phrase))),
    ...heard.notContains.map((phrase) => verdict(`did not hear "${phrase}"`, !containsPhrase(result.heard, phrase))),
    ...order,
  ];
}

function isInOrder(words: string, phrases: readonly string[]): boolean {
  let from = 0;
  for (const phrase of phrases) {
    const place = positionOf(words, phrase, from);
    if (place < 0) return false;
    from = place + normaliseWords(phrase.split("|")[0] ?? "").length;
  }
  return true;
}

function checkLatency({ latency }: Expectations, result: CallResult): Verdict[] {
  const figures = firstAudioFigures(result);
  const { firstAudioP50Ms, firstAudioMaxMs } = latency;
  const verdicts: Verdict[] = [];
  const compare = (name: string, limitMs: number | undefined, foundMs: number | undefined) => {
    if (limitMs === undefined) return;
    const found = foundMs === undefined ? "no line was answered" : `${foundMs} ms`;
    verdicts.push(verdict(`first audio ${name} ≤ ${limitMs} ms`, foundMs !== undefined && foundMs <= limitMs, found));
  };
  compare("p50", firstAudioP50Ms, figures.p50Ms);
  compare("max", firstAudioMaxMs, figures.maxMs);
  return verdicts;
}

/** First audio after the caller's lines (the greeting is set-up, not an answer). */
export function firstAudioFigures({ turns }: CallResult): { p50Ms?: number; maxMs?: number } {
  const figures = turns
    .filter(({ kind }) => kind === "say" || kind === "bargeIn")
    .flatMap(({ firstAudioMs }) => firstAudioMs ?? []);
  const sorted = figures.sort((left, right) => left - right);
  const p50Ms = sorted[Math.ceil(sorted.length / 2) - 1];
  const maxMs = sorted.at(-1);
  return p50Ms === undefined || maxMs === undefined ? {} : { p50Ms, maxMs };
}

function checkSound(expect: Expectations, result: CallResult): Verdict[] {
  const { bargeInSilentWithinMs: limitMs, clears, talkedOverMax, underrunsMax } = expect;
  const verdicts: Verdict[] = [];
  if (limitMs !== undefined) {
    const cuts = result.turns.filter(({ kind }) => kind === "bargeIn").map(({ silentAfterMs }) => silentAfterMs);
    const held = cuts.length > 0 && cuts.every((cutMs) => cutMs !== undefined && cutMs <= limitMs);
    verdicts.push(
      verdict(`silent within ${limitMs} ms of a barge-in`, held, cuts.map((cutMs) => `${cutMs ?? "?"} ms`).join(", ")),
    );
  }
  const { min, max } = clears;
  if (min !== undefined)
    verdicts.push(verdict(`cleared at least ${min} times`, result.clears >= min, String(result.clears)));
  if (max !== undefined)
    verdicts.push(verdict(`cleared at most ${max} times`, result.clears <= max, String(result.clears)));
  if (talkedOverMax !== undefined) {
    const held = result.talkedOver <= talkedOverMax;
    verdicts.push(verdict(`talked over the caller at most ${talkedOverMax} times`, held, String(result.talkedOver)));
  }
  if (underrunsMax !== undefined) {
    const count = result.underruns.length;
    verdicts.push(verdict(`at most ${underrunsMax} holes in the agent's speech`, count <= underrunsMax, String(count)));
  }
  return verdicts;
}

function checkEnd(expect: Expectations, result: CallResult): Verdict[] {
  const surprising = result.alerts.filter(({ code }) => !expect.alerts.includes(code));
  const verdicts = surprising.map(({ code, message }) =>
    verdict("nothing in Twilio's debugger", false, `${code} ${message}`),
  );
  if (expect.endedBy === undefined) return verdicts;
  return [
    ...verdicts,
    verdict(`ended by the ${expect.endedBy}`, result.endedBy === expect.endedBy, `by the ${result.endedBy}`),
  ];
}

function checkEvents({ events, tools, hangUpReason }: Expectations, { events: known }: CallResult): Verdict[] {
  const patterns = [
    ...events.contains.map((pattern) => ({ pattern, wanted: true })),
    ...events.notContains.map((pattern) => ({ pattern, wanted: false })),
    ...tools.called.map((name) => ({ pattern: { type: "tool-started", name }, wanted: true })),
    ...tools.notCalled.map((name) => ({ pattern: { type: "tool-started", name }, wanted: false })),
    ...(hangUpReason === undefined ? [] : [{ pattern: { type: "call-ended", reason: hangUpReason }, wanted: true }]),
  ];
  return patterns.map(({ pattern, wanted }) => {
    const what = `${wanted ? "event" : "no event"} ${describePattern(pattern)}`;
    if ("unavailable" in known) return { what, outcome: "unknown", found: known.unavailable };
    return verdict(what, known.events.some((event) => matches(event, pattern)) === wanted);
  });
}

function describePattern({ type, ...rest }: PlatformEvent): string {
  return Object.keys(rest).length === 0 ? type : `${type} ${JSON.stringify(rest)}`;
}

/** Each field the pattern names equals the event's; objects are compared the same way, field by field. */
function matches(value: unknown, pattern: unknown): boolean {
  if (typeof pattern === "string" && typeof value === "string") {
    return pattern.split("|").includes(value);
  }
  if (typeof pattern !== "object" || pattern === null) return Object.is(value, pattern);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(pattern).every(([name, wanted]) => matches((value as Record<string, unknown>)[name], wanted));
}
