/** Which fact a task still needs, in the order they are asked. */
import type { Expecting } from "../understand/types.ts";
import type { Desk, DialogueState } from "./state.ts";

export type Missing = "service" | "which" | "date" | "time" | "name" | "phone" | "message";

/** Whether the house does what was asked; unknown facts allow everything. */
export function isOffered(state: DialogueState, desk: Desk): boolean {
  const { service } = state.slots;
  return desk.facts.services.length === 0 || desk.facts.services.some((candidate) => candidate.name === service);
}

/** What a tool asked for before it changes an appointment. */
function lacksOwner({ needs, slots }: DialogueState): "name" | "which" | undefined {
  if (needs.has("name") && slots.name === undefined) return "name";
  return needs.has("which") && slots.service === undefined ? "which" : undefined;
}

/** A number that was given up is no longer asked for. */
function lacksPhone(state: DialogueState): boolean {
  return state.slots.phone === undefined && !state.phoneGivenUp;
}

export function firstMissing(state: DialogueState, desk: Desk): Missing | undefined {
  const { slots } = state;
  switch (state.task) {
    case "book":
      if (slots.service === undefined || !isOffered(state, desk)) return "service";
      return slots.date === undefined
        ? "date"
        : slots.time === undefined
          ? "time"
          : slots.name === undefined
            ? "name"
            : lacksPhone(state)
              ? "phone"
              : undefined;
    case "reschedule":
      return lacksPhone(state)
        ? "phone"
        : lacksOwner(state) !== undefined
          ? lacksOwner(state)
          : slots.date === undefined
            ? "date"
            : slots.time === undefined
              ? "time"
              : undefined;
    case "cancel":
      return lacksPhone(state) ? "phone" : lacksOwner(state);
    case "message":
      if (slots.message === undefined && state.reason === undefined) return "message";
      return slots.name === undefined ? "name" : lacksPhone(state) ? "phone" : undefined;
    case undefined:
      return undefined;
  }
}

/** What the caller is most likely answering when the agent's words do not tell (cut by a barge-in, say). */
export function expectedNext(state: DialogueState, desk: Desk): Expecting | undefined {
  if (state.task === undefined) return "task";
  const missing = firstMissing(state, desk) ?? "confirmation";
  return missing === "which" ? "service" : missing;
}
