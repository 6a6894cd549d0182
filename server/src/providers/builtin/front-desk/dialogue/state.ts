/** Where a conversation stands. Never kept: replayed from the messages at every step. */
import type { BusinessFacts } from "@parley/contract/business-facts";
import type { CountryCode } from "libphonenumber-js";
import type { Passage } from "../../../../call/ports.ts";
import type { SpokenLanguage } from "../language/normalize.ts";
import type { HandoffTarget } from "../understand/handoffs.ts";
import type { Expecting, Slots, Understanding } from "../understand/types.ts";

export type Task = "book" | "reschedule" | "cancel" | "message";

export interface ToolFailure {
  readonly name: string;
  readonly publicMessage: string | undefined;
  readonly alternatives: readonly string[];
  /** Nobody knows yet whether it was done. */
  readonly isUncertain?: boolean;
}

export interface DialogueState {
  task: Task | undefined;
  slots: Slots;
  language: SpokenLanguage;
  /** What the agent's last words asked for. */
  expecting: Expecting | undefined;
  /** The caller's last words, understood; undefined before they spoke, or when keys were pressed. */
  heard: Understanding | undefined;
  /** The caller said yes to the summary that was read back, and nothing changed since. */
  confirmed: boolean;
  /** Free slots by day, as the tool told; undefined where it failed. */
  availability: Map<string, readonly string[] | undefined>;
  offered: readonly string[];
  /** Why the message is left, when the caller did not say it in words. */
  reason: string | undefined;
  /** The last thing written, so that "cancel that" knows what. */
  written: { task: Task; startsAt: string | undefined } | undefined;
  failure: ToolFailure | undefined;
  failures: number;
  /** What a tool wanted to know before it changes an appointment: whose it is, and which of several. */
  needs: ReadonlySet<"name" | "which">;
  /** Utterances in a row that said nothing usable. */
  unclear: number;
  callerTurns: number;
  /** Dictations in a row that made no valid number. */
  phoneTries: number;
  /** The number was refused or never became valid: what the task has must do. */
  phoneGivenUp: boolean;
  /** It was given up with the caller's last words. */
  justGaveUp: boolean;
  lastAgentText: string;
  /** Digits pressed so far in a number; undefined when the caller speaks. */
  keys: { pressed: string; last: string } | undefined;
  /** The last caller line dropped the task under way. */
  dropped: boolean;
  /** The last caller line asked to be put through, and the line can be. */
  wantsTransfer: boolean;
  /** It was tried, and the line cannot be put through: from here on a message is offered. */
  transferRefused: boolean;
  /** The other agent whom the last caller line is a matter for. */
  handoff: string | undefined;
}

export interface Desk {
  readonly facts: BusinessFacts;
  readonly nowMs: number;
  readonly timeZone: string;
  readonly region: CountryCode;
  readonly language: SpokenLanguage;
  readonly tools: ReadonlySet<string>;
  /** Other agents the call may be handed to. */
  readonly handoffs: readonly HandoffTarget[];
  /** The caller's last words, and what the business's documents say about them. */
  readonly question: string;
  readonly passages: readonly Passage[];
}

export function startState(desk: Desk): DialogueState {
  return {
    task: undefined,
    slots: {},
    language: desk.language,
    expecting: undefined,
    heard: undefined,
    confirmed: false,
    availability: new Map(),
    offered: [],
    reason: undefined,
    written: undefined,
    failure: undefined,
    failures: 0,
    needs: new Set(),
    unclear: 0,
    callerTurns: 0,
    phoneTries: 0,
    phoneGivenUp: false,
    justGaveUp: false,
    lastAgentText: "",
    keys: undefined,
    dropped: false,
    wantsTransfer: false,
    transferRefused: false,
    handoff: undefined,
  };
}

export function canTransfer(state: DialogueState, desk: Desk): boolean {
  return desk.tools.has("transfer_call") && !state.transferRefused;
}

/** Forgets a finished or dropped task; who the caller is stays known. */
export function clearTask(state: DialogueState): void {
  const { name, phone } = state.slots;
  state.task = undefined;
  state.slots = { ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) };
  state.confirmed = false;
  state.offered = [];
  state.reason = undefined;
  state.failure = undefined;
  state.needs = new Set();
  state.phoneTries = 0;
  state.phoneGivenUp = false;
}
