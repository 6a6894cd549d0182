export { type AuditAnchors, createAuditAnchors, noteAnchorsHourly } from "./anchors.ts";
export { mountAuditRoutes } from "./audit.route.ts";
export { type AuditLog, createAuditLog } from "./audit-log.ts";
export { type AuditReader, createAuditReader } from "./audit-reader.ts";
export { createReadingLog, type ReadingLog } from "./reading-log.ts";
