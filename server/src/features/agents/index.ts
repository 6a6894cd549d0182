export { compileDemoPlan, type DemoCall } from "./demo-agent.ts";
export { platformPhrases } from "./phrases.ts";
