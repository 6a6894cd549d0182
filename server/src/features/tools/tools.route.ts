import {
  changeTool,
  createTool,
  deleteTool,
  getTool,
  listTools,
  probeTool,
  rotateToolSecret,
  tryTool,
} from "@parley/contract/tools";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { CustomTools } from "./custom-tools.ts";
import type { ToolDesk } from "./tool-desk.ts";

export interface ToolRouteParts {
  readonly toolDesk: ToolDesk;
  readonly customTools: CustomTools;
}

export function mountToolRoutes(mount: RouteMount, features: ToolRouteParts): void {
  mount(listTools, ({ orgId, query }) => features.toolDesk.list(orgId, query));
  mount(getTool, ({ orgId, params }) => features.toolDesk.get(orgId, params.name));
  mount(createTool, async ({ orgId, actor, body }) => {
    const { signingSecret } = await features.customTools.create({ orgId, actor }, body);
    return { ...(await features.toolDesk.get(orgId, body.name)), signingSecret };
  });
  mount(changeTool, async ({ orgId, actor, params, body }) => {
    await features.customTools.change({ orgId, actor, ...params }, body);
    return await features.toolDesk.get(orgId, params.name);
  });
  mount(deleteTool, async ({ orgId, actor, params }) => {
    await features.customTools.remove({ orgId, actor, ...params });
    return null;
  });
  mount(rotateToolSecret, async ({ orgId, actor, params }) => {
    const { signingSecret } = await features.customTools.rotate({ orgId, actor, ...params });
    return { ...(await features.toolDesk.get(orgId, params.name)), signingSecret };
  });
  mount(tryTool, ({ orgId, actor, params, body, signal }) =>
    features.toolDesk.try({ orgId, actor, ...params, ...body, signal }),
  );
  mount(probeTool, ({ orgId, params, body, signal }) =>
    features.toolDesk.probe({ orgId, ...params, settings: body.settings, signal }),
  );
}
