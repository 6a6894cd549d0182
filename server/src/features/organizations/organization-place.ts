import type { OrgTx } from "../../platform/db/org-db.ts";
import { organizations } from "./organizations.table.ts";

export interface OrganizationPlace {
  /** BCP-47. */
  readonly language: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Two letters; null when nobody said. */
  readonly country: string | null;
  /** As stored: one object for each concern. */
  readonly policies: Readonly<Record<string, unknown>>;
}

/** Where the transaction's organisation is at home. */
export async function readPlace(tx: OrgTx): Promise<OrganizationPlace> {
  const { language, timeZone, country, policies } = organizations;
  const [row] = await tx.select({ language, timeZone, country, policies }).from(organizations);
  return row ?? { language: "en-US", timeZone: "UTC", country: null, policies: {} };
}
