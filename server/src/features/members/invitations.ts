/** Invitations: a link by e-mail, one use, seven days. */
import { randomBytes } from "node:crypto";
import type { Invitation } from "@parley/contract/members";
import type { Role } from "@parley/contract/permission";
import { and, desc, eq, gt, isNull, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { deriveSecret, keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { memberships, organizationsTable } from "../organizations/index.ts";
import { composeInvitation } from "./invitation-mail.ts";
import { invitations } from "./invitations.table.ts";
import { type Asked, type MemberParts, requireMayTouch } from "./member-parts.ts";

export interface InvitationWish {
  readonly email: string;
  readonly role: Role;
  readonly language?: string | undefined;
}

export interface Invitations {
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Invitation[]; nextCursor: string | null }>;
  /** Throws AppError `forbidden` (an owner invited by somebody who is none) or `conflict` (a member already). */
  create(asked: Asked & { wish: InvitationWish }): Promise<Invitation>;
  /** Both throw AppError `not_found`. */
  resend(asked: Asked & { invitationId: string }): Promise<Invitation>;
  revoke(asked: Asked & { invitationId: string }): Promise<void>;
}

const validMs = 7 * 24 * 3_600_000;

export type InvitationRow = typeof invitations.$inferSelect;

export const hashOfToken = (masterKey: Buffer, token: string): Buffer =>
  keyedHash(deriveSecret(masterKey, "invitation-token"), token);

/** Waits for an answer, whether or not its time has passed. */
export const isOpen = () => and(isNull(invitations.acceptedAt), isNull(invitations.revokedAt));

/** As `isOpen`, and its time has not passed. */
export const stands = (now: Date) => and(isOpen(), gt(invitations.expiresAt, now));

export async function emailOf({ organizations }: MemberParts, tx: OrgTx, row: InvitationRow): Promise<string> {
  const key = unwrapKey(await organizations.keyOf(tx, row.orgId), row.keyWrap, row.id);
  return String(open(key, { orgId: row.orgId, owner: row.id, seq: "email" }, row.sealedEmail));
}

export function createInvitations(parts: MemberParts): Invitations {
  const { db, audit } = parts;
  const now = () => new Date(parts.clock.wallNow());
  return {
    list: (orgId, page) => db.withOrg(orgId, (tx) => listOpen(parts, tx, page)),
    async create({ orgId, actor, role: asker, wish }) {
      requireMayTouch(asker, wish.role);
      const memberId = await parts.people.findByEmail(wish.email);
      return await db.withOrg(orgId, (tx) => invite(parts, tx, { orgId, actor, wish, memberId }));
    },
    async resend({ orgId, actor, role: asker, invitationId }) {
      return await db.withOrg(orgId, async (tx) => {
        const row = await findOpen(tx, invitationId);
        requireMayTouch(asker, row.role);
        const sent = { ...row, ...newToken(parts), sentAt: now(), expiresAt: new Date(now().getTime() + validMs) };
        const { tokenHash, sentAt, expiresAt } = sent;
        await tx.update(invitations).set({ tokenHash, sentAt, expiresAt }).where(eq(invitations.id, invitationId));
        const email = await emailOf(parts, tx, row);
        await audit.append(tx, { orgId, actor, action: "invitations.resend", subject: invitationId });
        await send(parts, tx, { email, token: sent.token });
        return toInvitation(sent, email);
      });
    },
    async revoke({ orgId, actor, role: asker, invitationId }) {
      await db.withOrg(orgId, async (tx) => {
        requireMayTouch(asker, (await findOpen(tx, invitationId)).role);
        await tx.update(invitations).set({ revokedAt: now() }).where(eq(invitations.id, invitationId));
        await audit.append(tx, { orgId, actor, action: "invitations.revoke", subject: invitationId });
      });
    },
  };
}

interface Invite {
  readonly orgId: string;
  readonly actor: Actor;
  readonly wish: InvitationWish;
  /** The person who has the address already. */
  readonly memberId: string | undefined;
}

/** In a transaction of the organisation. Throws AppError `conflict` for a member. */
export async function invite(
  parts: MemberParts,
  tx: OrgTx,
  { orgId, actor, wish, memberId }: Invite,
): Promise<Invitation> {
  const { email, role, language } = wish;
  if (memberId !== undefined) {
    const [member] = await tx.select().from(memberships).where(eq(memberships.userId, memberId));
    if (member) throw new AppError("conflict", { publicMessage: "email: this person is a member already." });
  }
  const at = new Date(parts.clock.wallNow());
  const emailHash = parts.people.hashOfEmail(email);
  await tx
    .update(invitations)
    .set({ revokedAt: at })
    .where(and(eq(invitations.emailHash, emailHash), isOpen()));
  const id = newId("inv", at.getTime());
  const key = newKey();
  const { token, tokenHash } = newToken(parts);
  const row = {
    ...{ id, orgId, role, emailHash, tokenHash, createdAt: at, sentAt: at, acceptedAt: null, revokedAt: null },
    sealedEmail: seal(key, { orgId, owner: id, seq: "email" }, email.trim()),
    keyWrap: wrapKey(await parts.organizations.keyOf(tx, orgId), key, id),
    invitedBy: actor.kind === "installation-admin" ? null : actor.id,
    expiresAt: new Date(at.getTime() + validMs),
  };
  await tx.insert(invitations).values(row);
  await parts.audit.append(tx, { orgId, actor, action: "invitations.create", subject: id, facts: { role } });
  await send(parts, tx, { email, token, language });
  return toInvitation(row, email.trim());
}

function newToken({ masterKey }: MemberParts): { token: string; tokenHash: Buffer } {
  const token = `pin_${randomBytes(32).toString("base64url")}`;
  return { token, tokenHash: hashOfToken(masterKey, token) };
}

/** Behind the answer. A mail of a transaction that did not commit holds a link that leads nowhere. */
async function send(
  { mailer, origin }: MemberParts,
  tx: OrgTx,
  { email: to, token, language }: { email: string; token: string; language?: string | undefined },
): Promise<void> {
  const [organization] = await tx.select().from(organizationsTable);
  const about = {
    organizationName: organization?.name ?? "Parley",
    language: language ?? organization?.language ?? "en",
  };
  mailer.sendSoon(async () => composeInvitation({ to, token, origin: origin(), ...about }));
}

async function findOpen(tx: OrgTx, invitationId: string): Promise<InvitationRow> {
  const [row] = await tx
    .select()
    .from(invitations)
    .where(and(eq(invitations.id, invitationId), isOpen()))
    .for("update");
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such invitation." });
  return row;
}

async function listOpen(
  parts: MemberParts,
  tx: OrgTx,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const rows = await tx
    .select()
    .from(invitations)
    .where(and(isOpen(), cursor === undefined ? undefined : lt(invitations.id, cursor)))
    .orderBy(desc(invitations.id))
    .limit(limit + 1);
  const items: Invitation[] = [];
  for (const row of rows.slice(0, limit)) items.push(toInvitation(row, await emailOf(parts, tx, row)));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function toInvitation(
  row: Pick<InvitationRow, "id" | "role" | "invitedBy" | "sentAt" | "expiresAt">,
  email: string,
): Invitation {
  const { id, role, invitedBy } = row;
  return { id, email, role, invitedBy, sentAt: row.sentAt.toISOString(), expiresAt: row.expiresAt.toISOString() };
}
