export { type CustomTools, createCustomTools, createHttpToolSource } from "./custom-tools.ts";
export { createSettleDeed, settleDeedJob } from "./settle-deeds.job.ts";
export { createToolDesk, type ToolDesk } from "./tool-desk.ts";
export { createToolRunner, type WishRunner } from "./tool-runner.ts";
export type { Accounts } from "./tool-settings.ts";
export { createBuiltInTools, createToolShelf, reservedToolNames, type ToolShelf, toolSpecs } from "./tool-shelf.ts";
export { mountToolRoutes } from "./tools.route.ts";
export type { CrmChoices, VendorAccounts } from "./vendor-accounts.ts";
export { createVendorTools } from "./vendor-tools.ts";
