export { compileDemoPlan } from "./demo-agent.ts";
export { demoProfile } from "./demo-profile.ts";
