/** Every feature, made once for each process that answers the API or runs jobs. */
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { clock, type Stores } from "./stores.ts";

export interface Features extends Stores {
  readonly audit: AuditLog;
}

export function openFeatures(stores: Stores): Features {
  return { ...stores, audit: createAuditLog({ clock }) };
}
