/** Who is speaking: the organisation, as it stands in what it sends. */
import type { OrgTx } from "../../platform/db/org-db.ts";
import { organizationsTable, readPlace } from "../organizations/index.ts";

export interface Business {
  readonly name: string;
  readonly timeZone: string;
  readonly country: string | null;
  readonly language: string;
}

export async function readBusiness(tx: OrgTx): Promise<Business> {
  const [row] = await tx.select({ name: organizationsTable.name }).from(organizationsTable);
  return { name: row?.name ?? "Parley", ...(await readPlace(tx)) };
}

/** Of a mail's ids and of who invites. A port belongs in neither. */
export function hostOf(origin: string): string {
  const { hostname } = new URL(origin);
  return /^[\d.]+$|:|^localhost$/.test(hostname) ? "parley.invalid" : hostname;
}
