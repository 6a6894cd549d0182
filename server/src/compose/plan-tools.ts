/** What an agent has of tools in a call beside what every agent has. */
import type { CallPlan } from "../call/call-plan.ts";
import type { ToolSpec } from "../call/ports.ts";
import type { RunnableAgent } from "../features/agents/index.ts";
import { intentsOf } from "../features/automations/index.ts";
import { intentSpec, offerTools } from "../features/tools/index.ts";
import type { Stores } from "./stores.ts";
import type { ToolWorkshop } from "./tools.ts";

export interface PlannedTools {
  /** By agent. */
  readonly moreTools: ReadonlyMap<string, readonly ToolSpec[]>;
  readonly leftOutTools: NonNullable<CallPlan["leftOutTools"]>;
  readonly intents: NonNullable<CallPlan["intents"]>;
}

/** For the agent that answers, then those it may hand the call to. */
export type PlanTools = (orgId: string, agents: readonly RunnableAgent[]) => Promise<PlannedTools>;

export function createPlanTools({
  toolShelf: shelf,
  accounts,
  ...stores
}: Pick<ToolWorkshop, "toolShelf" | "accounts"> & Pick<Stores, "db" | "organizations">): PlanTools {
  return async (orgId, agents) => {
    const configs = agents.map(({ config }) => config);
    const [offers, intents] = await Promise.all([
      offerTools({ shelf, accounts }, orgId, configs),
      intentsOf(stores, orgId),
    ]);
    const more = agents.map(({ agentId }, index) => {
      const noting = intentSpec(intents, agentId);
      return [agentId, [...(offers[index]?.specs ?? []), ...(noting === undefined ? [] : [noting])]] as const;
    });
    return {
      intents,
      moreTools: new Map(more),
      leftOutTools: offers.flatMap(({ leftOut }) => leftOut),
    };
  };
}
