/** Where the organisation wants every greeting to say that an AI speaks, an agent's own setting does not matter. */
import type { Agents } from "../features/agents/index.ts";
import type { OrganizationSettings } from "../features/organizations/index.ts";

type FindsAgents = Pick<Agents, "findRunnable" | "findOthers">;

export function discloseByPolicy(agents: FindsAgents, settings: Pick<OrganizationSettings, "policiesOf">): FindsAgents {
  return {
    findOthers: (orgId, agentIds) => agents.findOthers(orgId, agentIds),
    async findRunnable(orgId, wanted) {
      const agent = await agents.findRunnable(orgId, wanted);
      if (agent === undefined || agent.config.aiDisclosure.when === "greeting") return agent;
      const { disclosure } = await settings.policiesOf(orgId);
      if (disclosure.greeting === "by-agent") return agent;
      return {
        ...agent,
        config: { ...agent.config, aiDisclosure: { ...agent.config.aiDisclosure, when: "greeting" } },
      };
    },
  };
}
