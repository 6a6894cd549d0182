/** A caller whom nobody hears: keys choose, and a typed number leaves a message. */
import { readWholeNumber } from "../understand/phone-numbers.ts";
import { wordingOf } from "../wording/languages.ts";
import { canTransfer, type Desk, type DialogueState } from "./state.ts";

const mark = /^\s*\[keypad\]\s*/i;

export function isKeypad(text: string): boolean {
  return mark.test(text);
}

function choose(state: DialogueState, key: string, desk: Desk): void {
  state.wantsTransfer = key === "0" && canTransfer(state, desk);
  if (state.wantsTransfer) return;
  const wording = wordingOf(state.language);
  if (key === "1") state.reason = wording.bookingReason;
  else if (key === "3" || key === "0") state.reason = wording.callbackReason;
  else return;
  state.task = "message";
}

/** Keys may come one by one, or as a whole number with or without `#`. */
export function pressKeys(state: DialogueState, text: string, desk: Desk): void {
  const keys = text.replace(mark, "").replace(/[^0-9*#]/g, "");
  const last = keys.slice(-1);
  state.heard = undefined;
  state.unclear = 0;
  if (state.task === "message" && state.slots.phone !== undefined && keys.length === 1) {
    state.confirmed = last === "1";
    if (last === "2") delete state.slots.phone;
    state.keys = { pressed: "", last };
    return;
  }
  if (state.task === undefined && keys.length === 1) {
    choose(state, keys, desk);
    state.keys = { pressed: "", last };
    return;
  }
  if (state.task === undefined && keys.length > 5) choose(state, "3", desk);
  const pressed = last === "*" ? "" : (state.slots.phonePart ?? "") + keys.replace(/[*#]/g, "");
  const phone = readWholeNumber(pressed, desk.region);
  delete state.slots.phonePart;
  if (phone !== undefined) state.slots.phone = phone;
  else if (last !== "#") state.slots.phonePart = pressed.slice(-20);
  state.keys = { pressed, last };
}
