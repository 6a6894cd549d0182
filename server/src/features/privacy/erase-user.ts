/** The end of an account: the person's row with its key, sessions, second factor and memberships. Deeds stay on record by id. */
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { PrivacyParts } from "./privacy-parts.ts";

export interface AccountErasure {
  readonly userId: string;
  readonly actor: Actor;
  readonly confirm: string;
}

/** Throws `bad_request` when `confirm` is not their address, `conflict` while an organisation has no other owner. */
export async function eraseUser(parts: PrivacyParts, { userId, actor, confirm }: AccountErasure): Promise<void> {
  const { db, people, erasureLog } = parts;
  const known = await db.withUser(userId, async (tx) => {
    const { rows } = await tx.execute<{ orgId: string }>(
      sql`select org_id as "orgId" from memberships where user_id = ${userId}`,
    );
    return { email: await people.emailOf(tx, userId), orgIds: rows.map((row) => row.orgId) };
  });
  if (known.email === undefined || known.email.toLowerCase() !== confirm.trim().toLowerCase()) {
    throw new AppError("bad_request", { publicMessage: "confirm must be the e-mail address of the account." });
  }
  for (const orgId of known.orgIds) await requireOtherOwner(db, { orgId, userId });
  for (const orgId of known.orgIds) await leave(parts, { orgId, userId, actor });
  await eraseUserAgain(db, userId);
  await erasureLog.note({ kind: "user", orgId: "-", subject: userId });
}

async function requireOtherOwner(db: OrgDb, { orgId, userId }: { orgId: string; userId: string }): Promise<void> {
  const { rows } = await db.withOrg(orgId, (tx) =>
    tx.execute<{ mine: boolean; others: number }>(sql`
      select coalesce(bool_or(user_id = ${userId}), false) as mine, count(*) filter (where user_id <> ${userId})::int as others
      from memberships where role = 'owner'`),
  );
  if (rows[0]?.mine !== true || rows[0].others > 0) return;
  throw new AppError("conflict", {
    publicMessage:
      "You are the only owner of an organisation. Make somebody else an owner, or erase the organisation, first.",
  });
}

/** The owners' rows are locked: two owners who go at once do not both. */
async function leave(
  { db, audit, people }: PrivacyParts,
  { orgId, userId, actor }: { orgId: string; userId: string; actor: Actor },
): Promise<void> {
  await db.withOrg(orgId, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      select user_id as id from memberships where role = 'owner' order by user_id for update`);
    if (rows.length === 1 && rows[0]?.id === userId) {
      throw new AppError("conflict", { publicMessage: "You became the only owner of an organisation meanwhile." });
    }
    await people.revokeKeys(tx, userId);
    await tx.execute(sql`delete from memberships where user_id = ${userId}`);
    await audit.append(tx, { orgId, actor, action: "account.erase", subject: userId });
  });
}

/** False when there is no such person. With the row goes the only wrap of their key, and everything that hangs on it. */
export async function eraseUserAgain(db: OrgDb, userId: string): Promise<boolean> {
  const { rowCount } = await db.withUser(userId, (tx) => tx.execute(sql`delete from users where id = ${userId}`));
  return (rowCount ?? 0) > 0;
}
