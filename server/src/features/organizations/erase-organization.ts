/** The end of an organisation: its key in one short transaction, then its rows, in as many as it takes. */
import { sql } from "drizzle-orm";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { organizations } from "./organizations.table.ts";

const callsAtOnce = 500;

/** From this commit on nothing sealed of it can be opened, nobody belongs to it and no key acts for it. */
export async function destroyKey(tx: OrgTx): Promise<void> {
  await tx.update(organizations).set({ keyWrap: Buffer.alloc(0), name: "erased" });
  await tx.execute(sql`delete from organization_keys`);
  await tx.execute(sql`delete from memberships`);
  await tx.execute(sql`delete from api_keys`);
  await tx.execute(sql`delete from invitations`);
}

/** Safe to run again, and to be cut off. Row-level security bounds each statement to the organisation. */
export async function eraseRows(db: OrgDb, orgId: string): Promise<void> {
  for (;;) {
    const gone = await db.withOrg(orgId, (tx) =>
      tx.execute(sql`delete from calls where id in (select id from calls limit ${callsAtOnce})`),
    );
    if ((gone.rowCount ?? 0) < callsAtOnce) break;
  }
  await db.withOrg(orgId, async (tx) => {
    await tx.delete(organizations);
  });
}

/** One that a restored backup has brought back. */
export async function eraseOrganizationAgain(
  { db, organizations: known }: { db: OrgDb; organizations: { forgetKey(orgId: string): void } },
  orgId: string,
): Promise<void> {
  await db.withOrg(orgId, destroyKey);
  known.forgetKey(orgId);
  await eraseRows(db, orgId);
}

interface ErasureLeftovers {
  /** Removes what it has outside the database. The rows that name it stay until this has succeeded. */
  readonly removeOutside: (orgId: string) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

/** What a killed process left half erased. What cannot be removed now is tried again when this runs the next time. */
export async function finishErasures(db: OrgDb, { removeOutside, onFailed }: ErasureLeftovers): Promise<number> {
  let finished = 0;
  for (const orgId of await db.askForIds("organizations_being_erased")) {
    try {
      await removeOutside(orgId);
      await eraseRows(db, orgId);
      finished++;
    } catch (error) {
      onFailed(error);
    }
  }
  return finished;
}
