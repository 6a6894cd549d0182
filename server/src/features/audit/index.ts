export type { AuditFacts } from "./audit.table.ts";
export { type AuditLog, createAuditLog, type Deed } from "./audit-log.ts";
