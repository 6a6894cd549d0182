/** The next step of a task: one question, a look into the calendar, the summary, or the deed. */

import type { ToolName } from "../tools.ts";
import { serviceInLanguage } from "../understand/services.ts";
import { sayDate, sayList, sayPhone, sayTime } from "../wording/spoken.ts";
import { vary, type Wording } from "../wording/wording.ts";
import { listServices } from "./answers.ts";
import { isReadingBack } from "./dictation.ts";
import { firstMissing, isOffered } from "./missing.ts";
import { findOtherDay, isFull } from "./other-days.ts";
import { isClosedOn, isFree, isOpenAt, pickOffers, readStartsAt, saySlotTime, sayStart } from "./schedule.ts";
import type { Desk, DialogueState } from "./state.ts";

export interface Reply {
  readonly text: string;
  readonly call?: { readonly name: ToolName; readonly input: Readonly<Record<string, unknown>> };
}

export interface Step {
  readonly state: DialogueState;
  readonly desk: Desk;
  readonly wording: Wording;
}

function say(text: string): Reply {
  return { text };
}

function sayService(step: Step): string {
  const { state, desk } = step;
  const name = serviceInLanguage(state.slots.service ?? "", state.language, desk.facts.services);
  return state.language === "en" ? name.toLowerCase() : name;
}

function sayOffers(step: Step): string {
  const { state, desk } = step;
  return sayList(
    pickOffers(state, desk).map((slot) => saySlotTime(slot, state, desk)),
    state.language,
    "or",
  );
}

/** Nothing is free on the wished day: the following days are looked at, then offered. */
function offerOtherDay(step: Step, date: string): Reply {
  const { state, desk, wording } = step;
  const { free, ask: next } = findOtherDay(state, desk);
  const said = sayDate(date, state.language);
  if (next !== undefined && desk.tools.has("check_availability")) {
    const service = state.slots.service === undefined ? {} : { service: state.slots.service };
    return { text: "", call: { name: "check_availability", input: { date: next, ...service } } };
  }
  if (free === undefined) return say(wording.nothingFreeSoon(said));
  const { date: _, time: __, ...rest } = state.slots;
  const moved = { ...step, state: { ...state, slots: { ...rest, date: free } } };
  const offers = pickOffers(moved.state, desk);
  return say(
    `${wording.nothingFree(said).split(/(?<=[.!])\s/)[0] ?? ""} ${wording.offer(sayDate(free, state.language), sayOffers(moved), offers.length)}`,
  );
}

/** What stands against the wished day or time; undefined: nothing. */
function objectToTime(step: Step): Reply | undefined {
  const { state, desk, wording } = step;
  const { date, time } = state.slots;
  if (date === undefined) return undefined;
  if (isClosedOn(date, desk)) return say(wording.closedOn(sayDate(date, state.language)));
  if (desk.tools.has("check_availability") && !state.availability.has(date)) {
    const service = state.slots.service === undefined ? {} : { service: state.slots.service };
    return { text: "", call: { name: "check_availability", input: { date, ...service } } };
  }
  const free = state.availability.get(date);
  const offers = pickOffers(state, desk);
  if (free !== undefined && isFull(state, desk)) return offerOtherDay(step, date);
  if (time === undefined)
    return free === undefined
      ? undefined
      : say(wording.offer(sayDate(date, state.language), sayOffers(step), offers.length));
  const startsAt = readStartsAt(state, desk);
  if (startsAt !== undefined && Date.parse(startsAt) <= desk.nowMs)
    return say(`${wording.timePassed} ${vary(wording.askTime, state.callerTurns)}`);
  if (isFree(state, desk) === false) return say(wording.notFree(sayTime(time, state.language), sayOffers(step)));
  if (free === undefined && !isOpenAt(date, time, desk)) {
    return say(`${wording.outsideHours(sayTime(time, state.language))} ${vary(wording.askTime, state.callerTurns)}`);
  }
  return undefined;
}

function ask(step: Step): Reply | undefined {
  const { state, desk, wording } = step;
  const turn = state.callerTurns;
  switch (firstMissing(state, desk)) {
    case "service":
      return say(
        state.slots.service !== undefined && !isOffered(state, desk)
          ? wording.notOffered(listServices(state, desk))
          : vary(wording.askService, turn),
      );
    case "which":
      return say(wording.askWhich);
    case "date":
      return say(vary(state.task === "reschedule" ? wording.askNewDay : wording.askDay, turn));
    case "time":
      return say(vary(wording.askTime, turn));
    case "name":
      return say(vary(wording.askName, turn));
    case "phone":
      if (state.keys !== undefined) return say(state.keys.last === "#" ? wording.numberIncomplete : wording.typeNumber);
      if (isReadingBack(state)) return say(wording.checkNumber(sayPhone(state.slots.phonePart ?? "")));
      if (state.slots.phonePart !== undefined) return say(wording.goOn(sayPhone(state.slots.phonePart)));
      return say(
        vary(state.task === "reschedule" || state.task === "cancel" ? wording.askBookedPhone : wording.askPhone, turn),
      );
    case "message":
      return say(vary(wording.askMessage, turn));
    case undefined:
      return undefined;
  }
}

function summarize(step: Step): Reply {
  const { state, desk, wording } = step;
  const phone = sayPhone(state.slots.phone ?? "");
  const startsAt = readStartsAt(state, desk);
  const when = startsAt === undefined ? "" : sayStart(startsAt, state, desk);
  if (state.task === "book")
    return say(wording.confirmBooking({ when, service: sayService(step), name: state.slots.name ?? "", phone }));
  if (state.task === "reschedule") return say(wording.confirmMove({ when, phone }));
  if (state.task === "cancel") return say(wording.confirmCancel(phone));
  return say(
    wording.confirmMessage({ message: state.slots.message ?? state.reason ?? "", name: state.slots.name, phone }),
  );
}

/** What a human must know to do by hand what no tool can do. */
function describeTask(step: Step): string {
  const { state, desk } = step;
  const wish = { book: "Book", reschedule: "Move the appointment", cancel: "Cancel the appointment", message: "" }[
    state.task ?? "message"
  ];
  const startsAt = readStartsAt(state, desk);
  const facts = [wish, state.task === "book" ? state.slots.service : undefined, startsAt, state.slots.practitioner];
  const told = [state.slots.message ?? state.reason].filter((text) => text !== undefined);
  return [...(state.task === "message" ? told : facts)].filter((text) => text !== undefined && text !== "").join(", ");
}

function perform(step: Step): Reply {
  const { state, desk, wording } = step;
  const { service, name, phone, practitioner } = state.slots;
  const startsAt = readStartsAt(state, desk);
  const whose = {
    ...(service === undefined ? {} : { service }),
    ...(state.needs.has("name") && name !== undefined ? { name } : {}),
  };
  if (state.task === "book" && phone !== undefined && desk.tools.has("book_appointment")) {
    const note = practitioner === undefined ? {} : { note: `With ${practitioner}` };
    return { text: "", call: { name: "book_appointment", input: { service, startsAt, name, phone, ...note } } };
  }
  if (state.task === "reschedule" && phone !== undefined && desk.tools.has("reschedule_appointment")) {
    return { text: "", call: { name: "reschedule_appointment", input: { phone, newStartsAt: startsAt, ...whose } } };
  }
  if (state.task === "cancel" && phone !== undefined && desk.tools.has("cancel_appointment"))
    return { text: "", call: { name: "cancel_appointment", input: { phone, ...whose } } };
  if (!desk.tools.has("take_message")) return say(`${wording.done} ${vary(wording.anythingElse, state.callerTurns)}`);
  const who = { ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) };
  return { text: "", call: { name: "take_message", input: { ...who, message: describeTask(step) } } };
}

/** Carries the task one step on. Objections to day and time come before the questions that follow them. */
export function advanceTask(step: Step): Reply {
  const { state, desk } = step;
  const missing = firstMissing(state, desk);
  const isPlanning =
    (state.task === "book" && missing !== "service") || (state.task === "reschedule" && missing !== "phone");
  const objection = isPlanning ? objectToTime(step) : undefined;
  const isTyped = state.task === "message" && state.keys !== undefined;
  if (objection) return objection;
  if (isTyped && state.slots.phone === undefined) return askKeys(step);
  if (isTyped && !state.confirmed) return say(step.wording.confirmKeys(sayPhone(state.slots.phone ?? "")));
  return (isTyped ? undefined : ask(step)) ?? (state.confirmed ? perform(step) : summarize(step));
}

/** While digits come one by one, hardly anything is said. */
function askKeys(step: Step): Reply {
  const { state, wording } = step;
  if (state.keys?.last === "#") return say(wording.numberIncomplete);
  return say(state.slots.phonePart === undefined ? wording.typeNumber : wording.keyHeard);
}
