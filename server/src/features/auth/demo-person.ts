/** The person behind the page of a fresh installation: they own the demo's organisation and have no password. */
import type { OrgDb } from "../../platform/db/org-db.ts";
import { demoOrganization, memberships } from "../organizations/index.ts";
import { userCredentials } from "./auth.tables.ts";
import type { People } from "./people.ts";

export const demoPersonId = "user_demo";

/** Makes them when they are not there; the demo's organisation must be. One process at a time. */
export async function ensureDemoPerson({ db, people }: { db: OrgDb; people: People }): Promise<void> {
  const { orgId } = demoOrganization;
  await db.withUserInOrg({ userId: demoPersonId, orgId }, async (tx) => {
    if ((await people.read(tx, demoPersonId)) === undefined) {
      const profile = { name: "Demo", email: "demo@parley.invalid", language: "en", timeZone: "UTC" };
      await people.insert(tx, { id: demoPersonId, ...profile });
      await tx.insert(userCredentials).values({ userId: demoPersonId, updatedAt: new Date() });
    }
    // Also when the organisation was erased and made anew.
    const [member] = await tx.select().from(memberships).limit(1);
    if (member === undefined) await tx.insert(memberships).values({ orgId, userId: demoPersonId, role: "owner" });
  });
}
