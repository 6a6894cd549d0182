import { listAttempts, listDeliveries, replayDeliveries } from "./deliveries.ts";
import {
  createEndpoint,
  listEndpoints,
  pingEndpoint,
  removeEndpoint,
  rotateSecret,
  updateEndpoint,
} from "./endpoints.ts";
import type { WebhooksParts } from "./webhooks-parts.ts";

export type Webhooks = ReturnType<typeof createWebhooks>;

type Rest<Work> = Work extends (parts: WebhooksParts, ...rest: infer Given) => unknown ? Given : never;

export function createWebhooks(parts: WebhooksParts) {
  return {
    list: (...asked: Rest<typeof listEndpoints>) => listEndpoints(parts, ...asked),
    create: (...asked: Rest<typeof createEndpoint>) => createEndpoint(parts, ...asked),
    update: (...asked: Rest<typeof updateEndpoint>) => updateEndpoint(parts, ...asked),
    remove: (...asked: Rest<typeof removeEndpoint>) => removeEndpoint(parts, ...asked),
    rotate: (...asked: Rest<typeof rotateSecret>) => rotateSecret(parts, ...asked),
    ping: (...asked: Rest<typeof pingEndpoint>) => pingEndpoint(parts, ...asked),
    deliveries: (...asked: Rest<typeof listDeliveries>) => listDeliveries(parts, ...asked),
    attempts: (...asked: Rest<typeof listAttempts>) => listAttempts(parts, ...asked),
    replay: (...asked: Rest<typeof replayDeliveries>) => replayDeliveries(parts, ...asked),
  };
}
