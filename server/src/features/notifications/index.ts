export { createEmitNotification } from "./emit-notification.ts";
export { type AgentSending, createAgentSending, type SendEmail, type SendText } from "./send-from-agent.ts";
