export { createSettleDeed, settleDeedJob } from "./settle-deeds.job.ts";
export { createToolRunner, type WishRunner } from "./tool-runner.ts";
export { createBuiltInTools, createToolShelf, type ToolShelf, toolSpecs } from "./tool-shelf.ts";
