/** From an owner's words about turns and interruptions to the engine's numbers. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { defaultTurnPolicy, type TurnPolicy } from "../../call/call-plan.ts";

const paces: Readonly<Record<AgentConfig["turnTaking"]["pace"], Partial<TurnPolicy>>> = {
  quick: { endpointingDelayMs: 300, unfinishedDelayMs: 900, dictationDelayMs: 1400, maxEndpointingDelayMs: 3000 },
  balanced: {},
  patient: { endpointingDelayMs: 900, unfinishedDelayMs: 2200, dictationDelayMs: 2600, maxEndpointingDelayMs: 6000 },
};

const sensitivities: Readonly<Record<AgentConfig["interruptions"]["sensitivity"], Partial<TurnPolicy>>> = {
  never: { bargeIn: false },
  careful: { bargeInMinSpeechMs: 450, bargeInMinWords: 2, falseBargeInMs: 2000 },
  balanced: {},
  eager: { bargeInMinSpeechMs: 140, bargeInMinWords: 1, falseBargeInMs: 1300 },
};

function given(numbers: Readonly<Partial<Record<keyof TurnPolicy, number | undefined>>>): Partial<TurnPolicy> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

/** `canStartEarly`: the installation allows speculative replies. */
export function toTurnPolicy(config: AgentConfig, canStartEarly: boolean): TurnPolicy {
  const { turnTaking, interruptions } = config;
  const policy: TurnPolicy = {
    ...defaultTurnPolicy,
    ...paces[turnTaking.pace],
    ...sensitivities[interruptions.sensitivity],
    ...given({
      endpointingDelayMs: turnTaking.answerAfterMs,
      unfinishedDelayMs: turnTaking.unfinishedAfterMs,
      dictationDelayMs: turnTaking.dictationAfterMs,
      bargeInMinSpeechMs: interruptions.minSpeechMs,
      bargeInMinWords: interruptions.minWords,
      falseBargeInMs: interruptions.resumeAfterMs,
    }),
    preemptiveGeneration: canStartEarly && turnTaking.startEarly,
    idlePromptAfterMs: turnTaking.askIfThereAfterMs,
    maxIdlePrompts: turnTaking.askIfThereTimes,
    maxCallDurationMs: config.maxDurationMinutes * 60_000,
  };
  const { endpointingDelayMs, unfinishedDelayMs, dictationDelayMs } = policy;
  const longest = Math.max(endpointingDelayMs, unfinishedDelayMs, dictationDelayMs, policy.maxEndpointingDelayMs);
  return { ...policy, maxEndpointingDelayMs: longest };
}
