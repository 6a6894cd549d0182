export { createDeliverer } from "./deliver-events.ts";
export { createEmitWebhook, type EmitWebhook } from "./emit-event.ts";
export type { AddressRules } from "./post-event.ts";
export { mountWebhookRoutes } from "./webhooks.route.ts";
export { createWebhooks, type Webhooks } from "./webhooks.store.ts";
