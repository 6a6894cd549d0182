/** The members of an organisation. */
import type { Member } from "@parley/contract/members";
import type { Role } from "@parley/contract/permission";
import { and, asc, count, eq, gt, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { memberships } from "../organizations/index.ts";
import { type Asked, lockMembers, type MemberParts, permissionsAs, requireMayTouch } from "./member-parts.ts";

interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Members {
  list(orgId: string, page: Page): Promise<{ items: Member[]; nextCursor: string | null }>;
  /** Both throw AppError `not_found`, `forbidden` (an owner is touched by somebody who is none) or `conflict` (the last owner). */
  changeRole(asked: Asked & { userId: string; wanted: Role }): Promise<void>;
  remove(asked: Asked & { userId: string }): Promise<void>;
}

export function createMembers(parts: MemberParts): Members {
  const { db, audit, narrowKeys } = parts;
  return {
    list: (orgId, page) => db.withOrg(orgId, (tx) => listMembers(parts, tx, page)),
    async changeRole({ orgId, actor, role: asker, userId, wanted }) {
      await db.withOrg(orgId, async (tx) => {
        await lockMembers(tx, orgId);
        const before = await roleOfMember(tx, userId);
        requireMayTouch(asker, before, wanted);
        if (before === wanted) return;
        if (before === "owner") await requireAnotherOwner(tx);
        await tx.update(memberships).set({ role: wanted }).where(eq(memberships.userId, userId));
        await narrowKeys(tx, userId, permissionsAs(wanted));
        const facts = { from: before, to: wanted };
        await audit.append(tx, { orgId, actor, action: "members.update", subject: userId, facts });
      });
    },
    async remove({ orgId, actor, role: asker, userId }) {
      await db.withOrg(orgId, async (tx) => {
        await lockMembers(tx, orgId);
        const before = await roleOfMember(tx, userId);
        requireMayTouch(asker, before);
        if (before === "owner") await requireAnotherOwner(tx);
        await tx.delete(memberships).where(eq(memberships.userId, userId));
        await narrowKeys(tx, userId, []);
        await audit.append(tx, { orgId, actor, action: "members.remove", subject: userId, facts: { role: before } });
      });
    },
  };
}

async function listMembers({ people }: MemberParts, tx: OrgTx, { limit, cursor }: Page) {
  const rows = await tx
    .select()
    .from(memberships)
    .where(cursor === undefined ? undefined : gt(memberships.userId, cursor))
    .orderBy(asc(memberships.userId))
    .limit(limit + 1);
  const shown = rows.slice(0, limit);
  const persons = await people.readMembers(
    tx,
    shown.map((row) => row.userId),
  );
  const seen = await tx.execute<{ user_id: string; last_seen_at: string | Date }>(
    sql`select * from members_last_seen()`,
  );
  const seenAt = new Map(seen.rows.map((row) => [row.user_id, new Date(row.last_seen_at).toISOString()]));
  const items = shown.flatMap(({ userId, role, createdAt }): Member[] => {
    const person = persons.find(({ id }) => id === userId);
    if (person === undefined) return [];
    const { name, email } = person;
    return [
      { id: userId, name, email, role, joinedAt: createdAt.toISOString(), lastSeenAt: seenAt.get(userId) ?? null },
    ];
  });
  return { items, nextCursor: rows.length > limit ? (shown.at(-1)?.userId ?? null) : null };
}

async function roleOfMember(tx: OrgTx, userId: string): Promise<Role> {
  const [row] = await tx.select().from(memberships).where(eq(memberships.userId, userId));
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such member." });
  return row.role;
}

async function requireAnotherOwner(tx: OrgTx): Promise<void> {
  const [owners] = await tx
    .select({ count: count() })
    .from(memberships)
    .where(and(eq(memberships.role, "owner")));
  if ((owners?.count ?? 0) > 1) return;
  throw new AppError("conflict", {
    publicMessage: "This is the organisation's last owner. Make another member an owner first.",
  });
}
