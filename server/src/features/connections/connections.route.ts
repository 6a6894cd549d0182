import {
  checkConnection,
  createConnection,
  deleteConnection,
  getConnection,
  listConnections,
  rotateConnection,
} from "@parley/contract/connections";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Connections } from "./connection-parts.ts";

export function mountConnectionRoutes(mount: RouteMount, connections: Connections): void {
  mount(listConnections, ({ orgId, query }) => connections.list(orgId, query));
  mount(getConnection, ({ orgId, params }) => connections.get({ orgId, id: params.id }));
  mount(createConnection, ({ body, ...doing }) => connections.create(body, doing));
  mount(rotateConnection, ({ params, body, ...doing }) => connections.rotate(params.id, body, doing));
  mount(checkConnection, ({ params, ...doing }) => connections.check(params.id, doing));
  mount(deleteConnection, async ({ params, orgId, actor }) => {
    await connections.remove(params.id, { orgId, actor });
    return null;
  });
}
