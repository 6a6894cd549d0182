export {
  type CallStore,
  createCallStore,
  type EventOfCall,
  type FinishedCall,
  type NewCall,
} from "./call-store.ts";
export type { CallSummary } from "./call-summary.ts";
export { type CallStatus, callStatuses } from "./calls.table.ts";
export { createEventWriter, type EventWriter, type EventWriterStats } from "./event-writer.ts";
export type { ListCallsQuery } from "./list-calls.ts";
