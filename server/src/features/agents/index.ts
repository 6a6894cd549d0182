export type { AgentsOptions } from "./agent-rules.ts";
export { mountAgentRoutes } from "./agents.route.ts";
export { type Agents, createAgents } from "./agents.ts";
export { compilePlan, type RunnableAgent, spokenLanguage } from "./compile-plan.ts";
export { demoAgents } from "./demo-agents.ts";
export { createProfileReader } from "./profile-reader.ts";
