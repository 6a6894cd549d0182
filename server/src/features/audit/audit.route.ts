import { listAuditEntries, verifyAllAuditLogs, verifyAuditLog } from "@parley/contract/audit";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { AuditReader } from "./audit-reader.ts";

export function mountAuditRoutes(mount: RouteMount, { auditReader }: { auditReader: AuditReader }): void {
  mount(listAuditEntries, ({ orgId, query }) => auditReader.list(orgId, query));
  mount(verifyAuditLog, ({ orgId }) => auditReader.verify(orgId));
  mount(verifyAllAuditLogs, ({ query }) => auditReader.verifyAll(query));
}
