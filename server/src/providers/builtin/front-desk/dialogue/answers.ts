/** Questions answered from the facts. */

import type { OpeningSpan } from "@parley/contract/business-facts";
import { DateTime } from "luxon";
import { serviceInLanguage } from "../understand/services.ts";
import { sayDate, sayList, sayTime } from "../wording/spoken.ts";
import { vary, type Wording } from "../wording/wording.ts";
import { isClosedOn } from "./schedule.ts";
import type { Desk, DialogueState } from "./state.ts";

const weekdayNames = {
  en: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
  ar: ["الاتنين", "التلات", "الأربع", "الخميس", "الجمعة", "السبت", "الحد"],
};

function saySpans(spans: readonly OpeningSpan[], state: DialogueState, wording: Wording): string {
  const said = spans.map((span) =>
    wording.span(sayTime(span.opens, state.language), sayTime(span.closes, state.language)),
  );
  return sayList(said, state.language, "and");
}

/** Days with the same hours are said together: "Monday to Friday from 9 AM to 6 PM". The week of Arabic callers starts on Saturday. */
function sayWeek(state: DialogueState, desk: Desk, wording: Wording): string {
  const order = state.language === "ar" ? [6, 7, 1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 6, 7];
  const groups: { days: number[]; spans: string }[] = [];
  for (const weekday of order) {
    const ofDay = desk.facts.hours.filter((span) => span.weekday === weekday);
    const spans = ofDay.length > 0 ? saySpans(ofDay, state, wording) : "";
    const last = groups.at(-1);
    if (last?.spans === spans) last.days.push(weekday);
    else groups.push({ days: [weekday], spans });
  }
  const to = state.language === "ar" ? "لـ" : "to ";
  const lines = groups.flatMap(({ days, spans }) => {
    const names = days.map((day) => weekdayNames[state.language][day - 1] ?? "");
    const label = names.length > 1 ? `${names[0]} ${to}${names.at(-1)}` : (names[0] ?? "");
    return spans === ""
      ? []
      : [state.language === "ar" ? `من ${label} ${spans}`.replace(/^من (\S+) من/, "$1 من") : `${label} ${spans}`];
  });
  return sayList(lines, state.language, "and");
}

function answerHours(state: DialogueState, desk: Desk, wording: Wording): string {
  if (desk.facts.hours.length === 0) return vary(wording.unknownFact, 0);
  const date = state.heard?.slots.date;
  if (date === undefined) return wording.hours(sayWeek(state, desk, wording));
  const { weekday } = DateTime.fromISO(date);
  const spans = desk.facts.hours.filter((span) => span.weekday === weekday);
  const day = sayDate(date, state.language);
  if (isClosedOn(date, desk))
    return `${wording.closedOn(day).split(/(?<=[.!])\s/)[0] ?? ""} ${wording.hours(sayWeek(state, desk, wording))}`;
  return wording.hoursOn(day, saySpans(spans, state, wording));
}

function listServices(state: DialogueState, desk: Desk): string {
  const names = desk.facts.services.map((service) =>
    serviceInLanguage(service.name, state.language, desk.facts.services),
  );
  return sayList(state.language === "en" ? names.map((name) => name.toLowerCase()) : names, state.language, "and");
}

function answerPrices(state: DialogueState, desk: Desk, wording: Wording): string {
  const { services } = desk.facts;
  const wanted = state.heard?.slots.service ?? state.slots.service;
  const service = services.find((candidate) => candidate.name === wanted);
  if (service?.price !== undefined)
    return wording.price(
      serviceInLanguage(service.name, state.language, services),
      service.price,
      service.durationMinutes,
    );
  if (wanted !== undefined && service === undefined && services.length > 0)
    return wording.notOffered(listServices(state, desk));
  const isPriced = services.some((candidate) => candidate.price !== undefined);
  return isPriced && service === undefined
    ? wording.whichPrice(listServices(state, desk))
    : vary(wording.unknownFact, 0);
}

function answerServices(state: DialogueState, desk: Desk, wording: Wording): string {
  const { services } = desk.facts;
  if (services.length === 0) return vary(wording.unknownFact, 0);
  const wanted = state.heard?.slots.service;
  if (wanted === undefined) return wording.services(listServices(state, desk));
  const service = services.find((candidate) => candidate.name === wanted);
  if (service === undefined) return wording.notOffered(listServices(state, desk));
  const said = serviceInLanguage(service.name, state.language, services);
  return wording.offersService(state.language === "en" ? said.toLowerCase() : said);
}

/** The answer to a question about the business; undefined when the utterance is none. */
export function answerQuestion(state: DialogueState, desk: Desk, wording: Wording): string | undefined {
  switch (state.heard?.intent) {
    case "ask-hours":
      return answerHours(state, desk, wording);
    case "ask-prices":
      return answerPrices(state, desk, wording);
    case "ask-services":
      return answerServices(state, desk, wording);
    case "ask-location":
      return desk.facts.address === undefined ? vary(wording.unknownFact, 0) : wording.address(desk.facts.address);
    case "ask-robot":
      return vary(wording.robot, 0);
    default:
      return undefined;
  }
}

/** Hours and address together, for the keypad. */
export function answerKeypadFacts(state: DialogueState, desk: Desk, wording: Wording): string {
  const hours = desk.facts.hours.length === 0 ? "" : wording.hours(sayWeek(state, desk, wording));
  const address = desk.facts.address === undefined ? "" : wording.address(desk.facts.address);
  return `${hours} ${address}`.trim() || vary(wording.unknownFact, 0);
}

export { listServices };
