export { createEmitNotification } from "./emit-notification.ts";
export type { InboundText } from "./inbound-text.ts";
export type { NotificationParts } from "./notification-parts.ts";
export { mountNotificationRoutes } from "./notifications.route.ts";
export { createNotifications, type Notifications } from "./notifications.ts";
export { type AgentSending, createAgentSending, type SendEmail, type SendText } from "./send-from-agent.ts";
export { createNotificationDesk, type NotificationDesk } from "./tend.ts";
export type { TextCarrier } from "./text-carrier.port.ts";
