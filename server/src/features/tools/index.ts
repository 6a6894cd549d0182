export { createToolRunner, type ToolRunnerOptions } from "./tool-runner.ts";
export { toolSpecs } from "./tool-specs.ts";
