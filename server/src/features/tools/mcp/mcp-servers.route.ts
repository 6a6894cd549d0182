import {
  changeMcpServer,
  checkMcpServer,
  createMcpServer,
  deleteMcpServer,
  getMcpServer,
  listMcpServers,
} from "@parley/contract/mcp-servers";
import type { RouteMount } from "../../../platform/http/route-mount.ts";
import type { McpServers } from "./mcp-servers.ts";

export function mountMcpServerRoutes(mount: RouteMount, features: { readonly mcpServers: McpServers }): void {
  mount(listMcpServers, ({ orgId, query }) => features.mcpServers.list(orgId, query));
  mount(getMcpServer, ({ orgId, params }) => features.mcpServers.get(orgId, params.id));
  mount(createMcpServer, ({ orgId, actor, signal, body }) =>
    features.mcpServers.create({ orgId, actor, signal }, body),
  );
  mount(changeMcpServer, ({ orgId, actor, signal, params, body }) =>
    features.mcpServers.change({ orgId, actor, signal, id: params.id }, body),
  );
  mount(checkMcpServer, ({ orgId, actor, signal, params }) =>
    features.mcpServers.check({ orgId, actor, signal, id: params.id }),
  );
  mount(deleteMcpServer, async ({ orgId, actor, params }) => {
    await features.mcpServers.remove({ orgId, actor, id: params.id });
    return null;
  });
}
