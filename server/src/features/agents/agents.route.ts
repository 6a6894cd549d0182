import {
  changeAgent,
  compareAgent,
  createAgent,
  deleteAgent,
  duplicateAgent,
  exportAgent,
  getAgent,
  getAgentVersion,
  importAgent,
  listAgents,
  listAgentTemplates,
  listAgentVersions,
  publishAgent,
  replaceAgent,
  rollBackAgent,
} from "@parley/contract/agent";
import type { AgentConfig } from "@parley/contract/agent-config";
import type { RouteBody } from "@parley/contract/route";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import { parseConfig } from "./agent-rules.ts";
import type { Agents } from "./agents.ts";
import { agentTemplates } from "./templates/index.ts";

function configToCreate({ templateId, name, config }: RouteBody<typeof createAgent>): AgentConfig {
  if (config !== undefined) return name === undefined ? config : { ...config, name };
  if (templateId === undefined) return parseConfig({ name });
  const template = agentTemplates.find(({ id }) => id === templateId);
  if (template === undefined)
    throw new AppError("not_found", { publicMessage: "templateId: there is no such template." });
  return name === undefined ? template.config : { ...template.config, name };
}

function mountVersions(mount: RouteMount, agents: Agents): void {
  mount(publishAgent, async ({ params, body, orgId, actor }) =>
    agents.publish({ orgId, actor }, { agentId: params.id, ...body }),
  );
  mount(listAgentVersions, async ({ params, query, orgId }) => agents.listVersions(orgId, params.id, query));
  mount(getAgentVersion, async ({ params, orgId }) => agents.getVersion(orgId, params.id, params.version));
  mount(rollBackAgent, async ({ params, body, orgId, actor }) =>
    agents.rollBack({ orgId, actor }, { agentId: params.id, version: params.version, ...body }),
  );
  mount(compareAgent, async ({ params, query, orgId }) => agents.compare(orgId, { agentId: params.id, ...query }));
}

export function mountAgentRoutes(mount: RouteMount, agents: Agents): void {
  mount(listAgentTemplates, async () => ({ items: [...agentTemplates] }));
  mount(listAgents, async ({ query, orgId }) => agents.list(orgId, query));
  mount(createAgent, async ({ body, orgId, actor }) =>
    agents.create(
      { orgId, actor },
      {
        config: configToCreate(body),
        action: "agents.create",
        ...(body.templateId === undefined ? {} : { from: body.templateId }),
      },
    ),
  );
  mount(importAgent, async ({ body, orgId, actor }) =>
    agents.create(
      { orgId, actor },
      { config: { ...body.agent, handoffs: [], knowledgeIds: [] }, action: "agents.import" },
    ),
  );
  mount(getAgent, async ({ params, orgId }) => agents.get(orgId, params.id));
  mount(replaceAgent, async ({ params, body, orgId, actor }) =>
    agents.replace({ orgId, actor }, { agentId: params.id, ...body }),
  );
  mount(changeAgent, async ({ params, body, orgId, actor }) =>
    agents.change({ orgId, actor }, { agentId: params.id, revision: body.revision, fields: body.config }),
  );
  mount(duplicateAgent, async ({ params, body, orgId, actor }) =>
    agents.duplicate({ orgId, actor }, { agentId: params.id, ...body }),
  );
  mount(deleteAgent, async ({ params, orgId, actor }) => {
    await agents.remove({ orgId, actor }, params.id);
    return null;
  });
  mount(exportAgent, async ({ params, query, orgId }) =>
    agents.exportFile(orgId, { agentId: params.id, version: query.version }),
  );
  mountVersions(mount, agents);
}
