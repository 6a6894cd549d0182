import { eq } from "drizzle-orm";
import type { Auth } from "../features/auth/index.ts";
import { memberships } from "../features/organizations/index.ts";
import type { OrgTx } from "../platform/db/org-db.ts";

/** A member's address and language; undefined when the person is none any more. */
export const memberOf = (auth: Pick<Auth, "people">) => async (tx: OrgTx, userId: string) => {
  const [member] = await tx.select().from(memberships).where(eq(memberships.userId, userId));
  return member && (await auth.people.readMembers(tx, [userId]))[0];
};
