export { createToolRunner } from "./tool-runner.ts";
export { toolSpecs } from "./tool-specs.ts";
