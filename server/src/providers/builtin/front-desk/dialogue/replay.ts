/** Messages → state. The only place where the conversation is read. */
import { DateTime } from "luxon";
import type { ConversationMessage, ToolCall } from "../../../../call/ports.ts";
import { normalizeWords, wordPattern } from "../language/normalize.ts";
import { isRefused, isUncertain, readSlots, readStart } from "../tools.ts";
import { chooseHandoff } from "../understand/handoffs.ts";
import type { Slots, Understanding } from "../understand/types.ts";
import { understand } from "../understand/understand.ts";
import { wordingOf } from "../wording/languages.ts";
import { isReadingBack, mergePhone, settleNumber } from "./dictation.ts";
import { readExpectation } from "./expectation.ts";
import { isKeypad, pressKeys } from "./keypad.ts";
import { expectedNext } from "./missing.ts";
import { moveToOfferedDay } from "./other-days.ts";
import { readAlternatives, readNeed, readPublicMessage } from "./refusals.ts";
import { canTransfer, clearTask, type Desk, type DialogueState, startState, type Task } from "./state.ts";

/** Older lines than these no longer matter to a front desk; keeps a turn's work bounded. */
const maxMessages = 60;

const offersMessage = wordPattern(
  "leave a message|take a message|call you back(?: at once)?|تسيب رساله|اخد رساله|حد من الفريق يكلمك(?: فورا)?",
);
const picksFirst = wordPattern(
  "first(?: one)?|the earlier(?: one)?|earliest|الاول|اول واحد|الاولاني|الاولانيه|اول ميعاد",
);
const picksLast = wordPattern(
  "second(?: one)?|last(?: one)?|the later(?: one)?|latest|التاني|تاني واحد|التانيه|الاخير|اخر واحد",
);

/** Whether the agent's last words offered a message or a call back as a yes-or-no question. */
export function hasOfferedMessage(text: string): boolean {
  return /[?؟]\s*$/.test(text) && offersMessage.test(normalizeWords(text.slice(-300)));
}

/** A time taken from those that were offered for another day is of that day. */
function dayOfOffer({ offered, slots }: DialogueState, time: string, desk: Desk): string | undefined {
  const starts = offered.map((slot) => DateTime.fromISO(slot, { zone: desk.timeZone }));
  if (starts.some((start) => start.toFormat("yyyy-MM-dd") === slots.date)) return slots.date;
  return starts.find((start) => start.toFormat("HH:mm") === time)?.toFormat("yyyy-MM-dd") ?? slots.date;
}

function mergeSlots(state: DialogueState, heard: Slots, desk: Desk): void {
  if (Object.keys(heard).length === 0) return;
  const merged = { ...state.slots, ...mergePhone(state, heard, desk) };
  const day = heard.date === undefined && heard.time !== undefined ? dayOfOffer(state, heard.time, desk) : undefined;
  if (day !== undefined) merged.date = day;
  if (merged.phone !== undefined) delete merged.phonePart;
  if (heard.partOfDay !== undefined && heard.time === undefined) delete merged.time;
  if (heard.date !== undefined && heard.date !== state.slots.date && heard.partOfDay === undefined)
    delete merged.partOfDay;
  if (JSON.stringify(merged) !== JSON.stringify(state.slots)) state.confirmed = false;
  // What is free for half an hour is not for an hour and a half.
  if (merged.service !== state.slots.service) state.availability.clear();
  state.slots = merged;
}

function startTask(state: DialogueState, task: Task): void {
  if (state.task !== task) state.confirmed = false;
  state.task = task;
}

function hearCancel(state: DialogueState): void {
  if (state.task !== undefined && state.task !== "cancel") {
    clearTask(state);
    state.dropped = true;
  } else startTask(state, "cancel");
}

function hearYes(state: DialogueState, desk: Desk): void {
  const isMessageOffered = state.task !== "message" && hasOfferedMessage(state.lastAgentText);
  if (state.task === undefined || state.failure !== undefined || isMessageOffered) {
    if (hasOfferedMessage(state.lastAgentText)) {
      state.reason ??= wordingOf(state.language).callbackReason;
      startTask(state, "message");
      state.failure = undefined;
    }
  } else if (state.expecting === "confirmation") state.confirmed = true;
  const only = state.offered.length === 1 ? state.offered[0] : undefined;
  if (only !== undefined && state.task !== undefined && state.slots.time === undefined) pickSlot(state, only, desk);
}

function pickSlot(state: DialogueState, slot: string, desk: Desk): void {
  const at = DateTime.fromISO(slot, { zone: desk.timeZone });
  state.slots = { ...state.slots, date: at.toFormat("yyyy-MM-dd"), time: at.toFormat("HH:mm") };
}

/** "The second one", of the times that were read out. */
function hearPick(state: DialogueState, text: string, desk: Desk): boolean {
  const words = normalizeWords(text);
  if (
    state.heard === undefined ||
    state.offered.length === 0 ||
    state.expecting !== "time" ||
    words.split(" ").length > 6
  )
    return false;
  const picked = picksFirst.test(words) ? state.offered[0] : picksLast.test(words) ? state.offered.at(-1) : undefined;
  if (picked === undefined || /\d|\bat\b|الساعه/.test(words)) return false;
  pickSlot(state, picked, desk);
  state.heard = { ...state.heard, intent: "inform" };
  state.unclear = 0;
  return true;
}

/** Put through where the line can be; else somebody calls back. */
function askForPerson(state: DialogueState, desk: Desk): void {
  state.wantsTransfer = state.handoff === undefined && canTransfer(state, desk);
  if (state.wantsTransfer || state.handoff !== undefined) return;
  state.reason = state.reason ?? wordingOf(state.language).callbackReason;
  startTask(state, "message");
}

function takeIntent(state: DialogueState, heard: Understanding, desk: Desk): void {
  const isPlanning = state.task === "book" || state.task === "reschedule";
  switch (heard.intent) {
    case "book":
      if (!(isPlanning || (state.task !== undefined && heard.confidence < 0.6))) startTask(state, "book");
      return;
    case "reschedule":
      if (state.task !== "book" || state.slots.date === undefined) startTask(state, "reschedule");
      return;
    case "cancel":
      return hearCancel(state);
    case "leave-message":
      return startTask(state, "message");
    case "speak-to-human":
      return askForPerson(state, desk);
    case "emergency":
      state.reason = wordingOf(state.language).urgentReason;
      return;
    case "yes":
      return hearYes(state, desk);
    case "no":
      if (hasOfferedMessage(state.lastAgentText)) clearTask(state);
      state.confirmed = false;
      return;
    case "correction":
    case "inform":
      // Who names a service after all wants no message.
      if (state.task === "message" && heard.slots.service !== undefined && state.expecting === "confirmation")
        startTask(state, "book");
      if (state.task === undefined && (heard.slots.date ?? heard.slots.time) !== undefined)
        startTask(
          state,
          state.written?.task === "book" || state.written?.task === "reschedule" ? "reschedule" : "book",
        );
      return;
    default:
  }
}

function hearCaller(state: DialogueState, text: string, desk: Desk): void {
  state.callerTurns++;
  state.dropped = false;
  state.justGaveUp = false;
  state.wantsTransfer = false;
  state.handoff = undefined;
  if (isKeypad(text)) return pressKeys(state, text, desk);
  state.keys = undefined;
  const expecting = state.expecting ?? expectedNext(state, desk);
  state.expecting = expecting;
  const wasReadBack = isReadingBack(state) && expecting === "confirmation";
  const heard = understand(text, { ...desk, ...(expecting === undefined ? {} : { expecting }) });
  state.heard = heard;
  const words = text.trim().split(/\s+/).length;
  if (heard.language !== undefined && (words >= 2 || state.callerTurns === 1 || heard.language === desk.language))
    state.language = heard.language;
  state.unclear = heard.intent === "unclear" ? state.unclear + 1 : 0;
  state.handoff = chooseHandoff(text, { intent: heard.intent, isBusy: state.task !== undefined, desk });
  takeIntent(state, heard, desk);
  const isQuestion = heard.intent.startsWith("ask-");
  const keepsService = isQuestion && state.slots.service !== undefined && state.task !== undefined;
  const { service, date, ...others } = heard.slots;
  const facts = isQuestion
    ? keepsService || service === undefined
      ? {}
      : { service }
    : { ...others, ...(service ? { service } : {}), ...(date ? { date } : {}) };
  if (hearPick(state, text, desk)) return;
  if (state.dropped || heard.intent === "emergency") return;
  mergeSlots(state, facts, desk);
  if (state.task !== undefined) settleNumber(state, heard, wasReadBack);
  if (wasReadBack) state.confirmed = false;
}

function hearTool(
  state: DialogueState,
  message: Extract<ConversationMessage, { role: "tool" }>,
  { call, desk }: { call: ToolCall | undefined; desk: Desk },
): void {
  const input = (typeof call?.input === "object" && call.input !== null ? call.input : {}) as Record<string, unknown>;
  const slots = readSlots(message.output);
  if (message.name === "transfer_call") return hearTransfer(state, message);
  if (message.name === "check_availability") {
    const date = typeof input["date"] === "string" ? input["date"] : state.slots.date;
    if (date !== undefined) state.availability.set(date, message.failed ? undefined : slots);
    return;
  }
  if (message.failed && message.name !== "take_message" && isUncertain(message.output)) {
    clearTask(state);
    state.failure = { name: message.name, publicMessage: undefined, alternatives: [], isUncertain: true };
    state.availability.clear();
    return;
  }
  if (message.failed) return hearFailure(state, { message, slots, input, desk });
  const tasks: Readonly<Record<string, Task>> = {
    book_appointment: "book",
    reschedule_appointment: "reschedule",
    cancel_appointment: "cancel",
    take_message: "message",
  };
  const task = tasks[message.name];
  if (task === undefined) return;
  const asked = input["startsAt"] ?? input["newStartsAt"];
  const phone = typeof input["phone"] === "string" ? input["phone"] : undefined;
  clearTask(state);
  if (phone !== undefined) state.slots.phone ??= phone;
  state.written = { task, startsAt: readStart(message.output) ?? (typeof asked === "string" ? asked : undefined) };
  state.availability.clear();
}

interface Failure {
  readonly message: Extract<ConversationMessage, { role: "tool" }>;
  readonly slots: readonly string[] | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly desk: Desk;
}

function hearFailure(state: DialogueState, { message, slots, input, desk }: Failure): void {
  state.failures++;
  state.confirmed = false;
  const publicMessage = readPublicMessage(message.output);
  const need = readNeed(publicMessage);
  if (need !== undefined && !state.needs.has(need)) {
    state.needs = new Set([...state.needs, need]);
    if (need === "which") delete state.slots.service;
    return;
  }
  const alternatives = slots ?? readAlternatives(publicMessage, desk) ?? [];
  state.failure = { name: message.name, publicMessage, alternatives };
  state.offered = alternatives;
  if (alternatives.length === 0) return;
  delete state.slots.time;
  const asked = input["startsAt"] ?? input["newStartsAt"];
  // The calendar was asked without knowing what the appointment to be moved is for, and how long it takes.
  if (message.name === "reschedule_appointment")
    for (const slot of alternatives) state.availability.set(slot.slice(0, 10), []);
  forgetSlot(state, typeof asked === "string" ? Date.parse(asked) : Number.NaN, alternatives);
}

/** What was thought free is not; what the tool named instead is. */
function forgetSlot(state: DialogueState, takenMs: number, alternatives: readonly string[]): void {
  for (const [date, free] of state.availability)
    state.availability.set(
      date,
      free?.filter((slot) => Date.parse(slot) !== takenMs),
    );
  for (const slot of alternatives) {
    const date = slot.slice(0, 10);
    const known = state.availability.get(date) ?? [];
    if (!known.some((each) => Date.parse(each) === Date.parse(slot)))
      state.availability.set(date, [...known, slot].sort());
  }
}

/** The line cannot be put through, or nobody is there: a message instead. */
function hearTransfer(state: DialogueState, { output, failed }: { output: unknown; failed: boolean }): void {
  if (!failed && !isRefused(output)) return;
  state.wantsTransfer = false;
  state.transferRefused = true;
  state.reason ??= wordingOf(state.language).callbackReason;
  startTask(state, "message");
}

/** Reads a whole conversation. `offered` is what `offer` would have read out before each caller line. */
export function replay(
  messages: readonly ConversationMessage[],
  desk: Desk,
  offer: (state: DialogueState) => readonly string[],
): DialogueState {
  const state = startState(desk);
  const calls = new Map<string, ToolCall>();
  for (const message of messages.slice(-maxMessages)) {
    if (message.role === "caller") {
      moveToOfferedDay(state, desk);
      if (state.failure === undefined) state.offered = offer(state);
      hearCaller(state, message.text, desk);
      if (state.heard?.intent !== "unclear" && !state.heard?.intent.startsWith("ask-")) state.failure = undefined;
    } else if (message.role === "agent") {
      for (const call of message.toolCalls ?? []) calls.set(call.id, call);
      if (message.text.trim() !== "") {
        state.lastAgentText = message.text;
        state.expecting = readExpectation(message.text);
      }
    } else hearTool(state, message, { call: calls.get(message.toolCallId), desk });
  }
  return state;
}
