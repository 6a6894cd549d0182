export { matchOutcomesJob, runAutomationJob } from "./automation-jobs.ts";
export { mountAutomationRoutes } from "./automations.route.ts";
export { type Automations, createAutomations } from "./automations.ts";
export { createMatchOutcomes, createRunAutomation } from "./run-automations.ts";
export { intentsOf, noteAnalysed, noteIntent } from "./trigger-automations.ts";
