/**
 * What stands between a call and its plan. Each gate is a feature's; until one is given, everything passes. A gate that refuses
 * says what the caller is told and in which language: a caller is never met with silence.
 */
import type { ModelRedaction } from "../call/call-plan.ts";
import type { PlanVerdict } from "../entry/http/api-parts.ts";
import type { RunnableAgent } from "../features/agents/index.ts";

export type GateRefusal = Extract<PlanVerdict, { verdict: "refuse" }>;
export type GateVerdict = { readonly verdict: "allow" } | GateRefusal;

/** Where a called number leads. */
export interface NumberRoute {
  readonly orgId: string;
  readonly agentId: string;
  /** The published one when absent. */
  readonly version?: number;
  /** Of a weighted split: which arm this call is in. */
  readonly variant?: string;
}

/** Asked for every call that comes by telephone, before anything else is known. */
export interface NumberRouter {
  /** `to` as the carrier gave it, E.164 as a rule. Undefined: nobody here claims the number. */
  routeOf(to: string, atMs: number): Promise<NumberRoute | undefined>;
}

export interface ScreenedCall {
  readonly orgId: string;
  readonly agent: RunnableAgent;
  readonly direction: "inbound" | "outbound";
  /** E.164 or what the carrier gave; content, never logged. */
  readonly from?: string;
  readonly to?: string;
  readonly atMs: number;
}

/** Block and allow lists, repeated callers, hours of calling: about who is on the other end. */
export interface CallScreening {
  screen(call: ScreenedCall): Promise<GateVerdict>;
}

/** Suspension, limits and budget: about whether the organisation may have another call now. */
export interface CallAdmission {
  admit(call: {
    readonly orgId: string;
    readonly channel: "phone" | "web" | "text";
    /** Of the agent: what a refusal is said in. */
    readonly language: string;
    readonly atMs: number;
    /** No call follows yet. */
    readonly isInquiry?: boolean;
  }): Promise<GateVerdict>;
  /** A call that got its plan is on its way: it counts before its row is there. */
  expect(orgId: string, callId: string): void;
}

/** The organisation's own key for a vendor, before the installation's. Never logged. */
export interface VendorKeys {
  keyOf(orgId: string, provider: string): Promise<{ readonly apiKey: string; readonly baseUrl?: string } | undefined>;
}

/** What is known of whoever calls, for `{{customer.name}}` and the like; names that the agent does not declare are ignored. */
export interface CallerFacts {
  variablesOf(caller: { orgId: string; phone: string }): Promise<Readonly<Record<string, string>>>;
  /** `phone`: of the other end; absent when it is withheld. */
  contextOf(call: {
    readonly orgId: string;
    readonly agent: RunnableAgent;
    readonly direction: "inbound" | "outbound";
    readonly phone?: string;
  }): Promise<CallContext>;
}

/** Goes into the plan. */
export interface CallContext {
  readonly contactId?: string;
  readonly hangUpOnRobocalls?: boolean;
  /** For the model, behind its instructions. */
  readonly notes: readonly string[];
}

/** What language models of an organisation do not get to read. */
export interface ModelRedactions {
  /** `all`: an agent wants everything that can be found taken out. Undefined: nothing is. */
  of(orgId: string, all: boolean): Promise<ModelRedaction | undefined>;
}

export interface CallGates {
  readonly numbers: NumberRouter;
  readonly screening: CallScreening;
  readonly admission: CallAdmission;
  readonly keys: VendorKeys;
  readonly callers: CallerFacts;
  readonly redactions: ModelRedactions;
}

const allow = { verdict: "allow" } as const;

/** Nothing is claimed, everything passes. */
export const openGates: CallGates = {
  numbers: { routeOf: async () => undefined },
  screening: { screen: async () => allow },
  admission: { admit: async () => allow, expect: () => {} },
  keys: { keyOf: async () => undefined },
  callers: { variablesOf: async () => ({}), contextOf: async () => ({ notes: [] }) },
  redactions: { of: async () => undefined },
};
