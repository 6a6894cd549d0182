import {
  createWebhook,
  deleteWebhook,
  listWebhookAttempts,
  listWebhookDeliveries,
  listWebhooks,
  pingWebhook,
  replayWebhookDeliveries,
  replayWebhookDelivery,
  rotateWebhookSecret,
  updateWebhook,
} from "@parley/contract/webhooks";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Webhooks } from "./webhooks.ts";

export function mountWebhookRoutes(mount: RouteMount, { webhooks }: { webhooks: Webhooks }): void {
  mount(listWebhooks, ({ orgId, query }) => webhooks.list(orgId, query));
  mount(createWebhook, ({ orgId, actor, body }) => webhooks.create({ orgId, actor, wanted: body }));
  mount(updateWebhook, ({ orgId, actor, params, body }) =>
    webhooks.update({ orgId, actor, id: params.id, wanted: body }),
  );
  mount(deleteWebhook, async ({ orgId, actor, params }) => {
    await webhooks.remove({ orgId, actor, id: params.id });
    return { deleted: true as const };
  });
  mount(rotateWebhookSecret, ({ orgId, actor, params }) => webhooks.rotate({ orgId, actor, id: params.id }));
  mount(pingWebhook, ({ orgId, params, signal }) => webhooks.ping({ orgId, id: params.id, signal }));
  mount(listWebhookDeliveries, ({ orgId, params, query }) => webhooks.deliveries({ orgId, id: params.id }, query));
  mount(listWebhookAttempts, ({ orgId, params, query }) => webhooks.attempts({ orgId, ...params }, query));
  mount(replayWebhookDelivery, ({ orgId, actor, params }) =>
    webhooks.replay({ orgId, actor, id: params.id, which: { deliveryId: params.deliveryId } }),
  );
  mount(replayWebhookDeliveries, ({ orgId, actor, params, body }) =>
    webhooks.replay({ orgId, actor, id: params.id, which: body }),
  );
}
