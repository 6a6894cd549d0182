/** Whether a call that was read is one that an automation waits for. Pure. */
import type { AnalysisResult } from "@parley/contract/analysis";
import type { NewAutomation } from "@parley/contract/automations";

type When = Extract<NewAutomation["when"], { kind: "outcome" }>;

const plain = (value: unknown) => (typeof value === "string" ? value.trim().toLowerCase() : value);

/** All that is said must hold; what rules cannot tell holds never. */
export function matchesOutcome({ outcome, sentiment, field }: When, result: AnalysisResult): boolean {
  if (outcome.length > 0 && !outcome.includes(result.outcome)) return false;
  if (sentiment.length > 0 && (result.sentiment === null || !sentiment.includes(result.sentiment))) return false;
  return field === undefined || plain(result.fields[field.name]) === plain(field.equals);
}

export const isForAgent = ({ agentIds }: Pick<NewAutomation, "agentIds">, agentId: string): boolean =>
  agentIds.length === 0 || agentIds.includes(agentId);
