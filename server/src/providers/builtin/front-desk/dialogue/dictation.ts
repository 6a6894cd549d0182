/** A number that is dictated: pieces grow together; one that never becomes valid is read back once and then taken as said, or left out. */
import { readWholeNumber } from "../understand/phone-numbers.ts";
import type { Slots, Understanding } from "../understand/types.ts";
import type { Desk, DialogueState } from "./state.ts";

const leastDigits = 7;
const mostDigits = 15;

/** Joins a piece to those before; a long piece is the whole number said anew. */
export function mergePhone(state: DialogueState, { phoneEnd, ...heard }: Slots, desk: Desk): Slots {
  const known = state.slots.phone ?? state.slots.phonePart;
  if (phoneEnd !== undefined && known !== undefined && heard.phone === undefined) {
    const mended = known.slice(0, Math.max(0, known.length - phoneEnd.length)) + phoneEnd;
    return state.slots.phone === undefined ? { ...heard, phonePart: mended } : { ...heard, phone: mended };
  }
  if (heard.phone !== undefined || heard.phonePart === undefined) return heard;
  const joined = (state.slots.phonePart ?? "") + heard.phonePart;
  const whole = readWholeNumber(joined, desk.region) ?? readWholeNumber(heard.phonePart, desk.region);
  if (whole !== undefined) return { ...heard, phone: whole };
  const isAnew = heard.phonePart.length >= leastDigits || joined.length > mostDigits;
  return { ...heard, phonePart: isAnew ? heard.phonePart : joined };
}

/** Whether the digits were tried twice and are to be read back. */
export function isReadingBack(state: DialogueState): boolean {
  return state.phoneTries >= 2 && state.slots.phone === undefined && state.slots.phonePart !== undefined;
}

function giveUp(state: DialogueState): void {
  const digits = state.slots.phonePart ?? "";
  delete state.slots.phonePart;
  if (digits.length >= leastDigits) state.slots.phone = digits;
  state.phoneGivenUp = true;
  state.justGaveUp = true;
  state.confirmed = false;
}

/** After a caller's words were merged: counts tries, takes a yes to the digits read back, lets go after a no or a further failure. */
export function settleNumber(state: DialogueState, heard: Understanding, wasReadBack: boolean): void {
  if (state.slots.phone !== undefined) {
    state.phoneTries = 0;
    return;
  }
  const isNo = heard.intent === "no" || heard.intent === "correction";
  if (heard.slots.phonePart !== undefined) {
    if (wasReadBack) giveUp(state);
    else if ((state.slots.phonePart ?? "").length >= leastDigits) state.phoneTries++;
    else if (state.phoneTries > 0) state.phoneTries++;
  } else if (wasReadBack && heard.intent === "yes" && state.slots.phonePart !== undefined) giveUp(state);
  else if (wasReadBack && isNo) giveUp(state);
  else if (state.expecting === "phone" && heard.intent === "no") giveUp(state);
}
