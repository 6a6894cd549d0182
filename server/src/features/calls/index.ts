export { type CallArchive, createCallArchive } from "./call-archive.ts";
export { type CallKeys, createCallKeys } from "./call-keys.ts";
export { type CallHooks, type CallStore, createCallStore, type NewCall, type RedactionOf } from "./call-store.ts";
export { type CallSummary, toCall } from "./call-summary.ts";
export { countCallsOf, hashOfCaller, repointCalls } from "./caller.ts";
export { mountCallArchiveRoutes } from "./calls.route.ts";
export { type CallDigests, createCallDigests, digestCall } from "./digest-call.ts";
export { eraseCall } from "./erase-call.ts";
export { createEventWriter, type EventWriter } from "./event-writer.ts";
