export { createDeliverer } from "./deliver-events.ts";
export { createEmitWebhook, type EmitWebhook, type WebhookEvent } from "./emit-event.ts";
export { signatureOf } from "./post-event.ts";
export { createSwitchOffNotice, tellSwitchedOff } from "./tell-switched-off.job.ts";
export { webhookChannel } from "./tell-workers.ts";
export { mountWebhookRoutes } from "./webhooks.route.ts";
export { createWebhooks, type Webhooks } from "./webhooks.ts";
