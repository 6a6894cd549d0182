export { type CallKeys, createCallKeys } from "./call-keys.ts";
export { type CallHooks, type CallStore, createCallStore, type NewCall } from "./call-store.ts";
export type { CallSummary } from "./call-summary.ts";
export { createEventWriter, type EventWriter } from "./event-writer.ts";
export { countCallsOf, hashOfCaller, repointCalls } from "./caller.ts";
