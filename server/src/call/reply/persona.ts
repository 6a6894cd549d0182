/** Who speaks: the agent that answered, or the one that took the call over. All that changes with it, in one place. */
import type { CallPlan, HandoffTarget, Phrases } from "../call-plan.ts";
import type { ToolSpec } from "../ports.ts";

export interface Persona {
  readonly agentId: string;
  readonly agentName: string;
  readonly instructions: string;
  readonly greeting: string;
  /** Said before the greeting, and heard to its end. */
  readonly announcement?: string;
  /** BCP-47. */
  readonly language: string;
  readonly voice?: string;
  readonly keyterms: readonly string[];
  readonly phrases: Phrases;
  /** The agent's own; the engine's are added in `engine-tools.ts`. */
  readonly tools: readonly ToolSpec[];
  /** Documents it answers from. */
  readonly knowledge?: CallPlan["knowledge"];
  /** Whom it may hand the call to. */
  readonly handoffs: readonly HandoffTarget[];
}

/** A recorded call begins with the owner's announcement of it. */
export function announcementOf({ recording }: Pick<CallPlan, "recording">): string | undefined {
  const announcement = recording?.enabled === true ? recording.announcement?.trim() : undefined;
  return announcement === "" ? undefined : announcement;
}

export function firstPersona(plan: CallPlan): Persona {
  const announcement = announcementOf(plan);
  return { ...plan, handoffs: plan.handoffs ?? [], ...(announcement === undefined ? {} : { announcement }) };
}

/** Who takes a call over keeps it: the owner has said who may hand over to whom, and nobody in turn. */
export function personaOf(target: HandoffTarget, plan: CallPlan): Persona {
  return { ...target, phrases: target.phrases ?? plan.phrases, handoffs: [] };
}
