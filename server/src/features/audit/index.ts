export { type AuditAnchors, createAuditAnchors, noteAnchorsHourly } from "./anchors.ts";
export { mountAuditRoutes } from "./audit.route.ts";
export type { AuditFacts } from "./audit.table.ts";
export { type AuditLog, createAuditLog, type Deed } from "./audit-log.ts";
export { type AuditReader, createAuditReader } from "./audit-reader.ts";
