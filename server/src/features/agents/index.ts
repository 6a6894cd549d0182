export { compileDemoPlan, type DemoCall } from "./demo-agent.ts";
export { demoProfile } from "./demo-profile.ts";
export { platformPhrases } from "./phrases.ts";
