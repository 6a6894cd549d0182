/** The audit log as it is read, and its ends noted outside the database. */
import type { Logger } from "pino";
import { toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import { type AuditAnchors, type AuditReader, createAuditAnchors, createAuditReader } from "../features/audit/index.ts";
import { clock, type Stores } from "./stores.ts";

export function openAuditReading(
  { db }: Pick<Stores, "db">,
  { config, log }: { config: Config; log: Logger },
): { auditAnchors: AuditAnchors; auditReader: AuditReader } {
  const auditAnchors = createAuditAnchors({ db, clock, log: toLogLine(log), dataDir: config.dataDir });
  return { auditAnchors, auditReader: createAuditReader({ db, anchors: auditAnchors }) };
}
