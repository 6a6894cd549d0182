/** The demo organisation's agent, compiled for one call. */
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { type CallPlan, defaultTurnPolicy, type TurnPolicy } from "../../call/call-plan.ts";
import type { ToolSpec } from "../../call/ports.ts";
import { demoAgentId } from "./demo-profile.ts";
import { platformPhrases } from "./phrases.ts";

export interface DemoCall {
  readonly callId: string;
  readonly orgId: string;
  readonly tools: readonly ToolSpec[];
  /** BCP-47; English when absent or not spoken. */
  readonly language?: string;
  readonly from?: string;
  readonly to?: string;
  /** What differs from the default policy. */
  readonly turnPolicy?: Partial<TurnPolicy>;
}

const maxOutputTokens = 400;

export function compileDemoPlan(call: DemoCall): CallPlan {
  // Nobody chose a language on the phone: an Egyptian number reaches the Egyptian practice.
  const language = call.language ?? (call.from?.startsWith("+20") === true ? "ar-EG" : "en-US");
  const business = language.toLowerCase().startsWith("ar") ? brightSmileArabic : brightSmileEnglish;
  return {
    callId: call.callId,
    orgId: call.orgId,
    agentId: demoAgentId(business),
    agentName: business.agentName,
    direction: "inbound",
    language: business.language,
    timeZone: business.timeZone,
    greeting: business.greeting,
    instructions: business.instructions,
    keyterms: business.keyterms,
    phrases: platformPhrases(business.language),
    turnPolicy: { ...defaultTurnPolicy, ...call.turnPolicy },
    tools: call.tools,
    maxOutputTokens,
    ...(call.from === undefined ? {} : { from: call.from }),
    ...(call.to === undefined ? {} : { to: call.to }),
  };
}
