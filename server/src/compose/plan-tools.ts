/** What an agent has of tools in a call beside what every agent has. */
import type { CallPlan } from "../call/call-plan.ts";
import type { ToolSpec } from "../call/ports.ts";
import type { RunnableAgent } from "../features/agents/index.ts";
import { offerTools } from "../features/tools/index.ts";
import type { ToolWorkshop } from "./tools.ts";

export interface PlannedTools {
  /** By agent. */
  readonly moreTools: ReadonlyMap<string, readonly ToolSpec[]>;
  readonly leftOutTools: NonNullable<CallPlan["leftOutTools"]>;
}

/** For the agent that answers, then those it may hand the call to. */
export type PlanTools = (orgId: string, agents: readonly RunnableAgent[]) => Promise<PlannedTools>;

export function createPlanTools({ toolShelf: shelf, accounts }: ToolWorkshop): PlanTools {
  return async (orgId, agents) => {
    const configs = agents.map(({ config }) => config);
    const offers = await offerTools({ shelf, accounts }, orgId, configs);
    return {
      moreTools: new Map(agents.map(({ agentId }, index) => [agentId, offers[index]?.specs ?? []])),
      leftOutTools: offers.flatMap(({ leftOut }) => leftOut),
    };
  };
}
