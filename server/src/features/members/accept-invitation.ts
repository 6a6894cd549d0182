/** From an invitation's link to a membership, of a person who is here already or who comes with it. */
import type { Role } from "@parley/contract/permission";
import { and, count, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx, UserTx } from "../../platform/db/org-db.ts";
import type { Principal } from "../../platform/http/principal.ts";
import { memberships } from "../organizations/index.ts";
import { invitations } from "./invitations.table.ts";
import { emailOf, hashOfToken, stands } from "./invitations.ts";
import { lockMembers, type MemberParts } from "./member-parts.ts";

export interface Acceptance {
  readonly token: string;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly language?: string | undefined;
  readonly timeZone?: string | undefined;
}

const notValid = () =>
  new AppError("not_found", {
    publicMessage: "This invitation was used or revoked, or its time has passed. Ask for a new one.",
  });

interface Joining {
  readonly userId: string;
  /** Undefined when the person has an account. */
  readonly makeAccount?: (tx: UserTx) => Promise<void>;
}

/** Throws AppError `not_found`, `forbidden`, `unauthorized`, `bad_request`, `suspended` or `conflict`. */
export async function acceptInvitation(
  parts: MemberParts,
  { principal, acceptance }: { principal: Principal | undefined; acceptance: Acceptance },
): Promise<{ organizationId: string; role: Role }> {
  const { db } = parts;
  const tokenHash = hashOfToken(parts.masterKey, acceptance.token);
  const [orgId] = await db.askForIds("organization_of_invitation", [tokenHash]);
  if (orgId === undefined) throw notValid();
  const now = new Date(parts.clock.wallNow());
  const email = await db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .select()
      .from(invitations)
      .where(and(eq(invitations.tokenHash, tokenHash), stands(now)));
    if (row === undefined) throw notValid();
    if ((await parts.standings.read(tx)).suspendedAt !== null) {
      throw new AppError("suspended", { publicMessage: "This organisation is suspended." });
    }
    return await emailOf(parts, tx, row);
  });
  const joining =
    principal?.kind === "user"
      ? await asPerson(parts, principal.userId, email)
      : await asNewPerson(parts, acceptance, email);
  return await db.withUserInOrg({ userId: joining.userId, orgId }, (tx) =>
    join(parts, tx, { orgId, joining, tokenHash }),
  );
}

async function asPerson({ db, people }: MemberParts, userId: string, email: string): Promise<Joining> {
  const person = await db.withUser(userId, (tx) => people.read(tx, userId));
  if (person && people.hashOfEmail(person.email).equals(people.hashOfEmail(email))) return { userId };
  throw new AppError("forbidden", {
    publicMessage: "This invitation is for another e-mail address. Sign in with the one it was sent to.",
  });
}

async function asNewPerson(parts: MemberParts, given: Acceptance, email: string): Promise<Joining> {
  if ((await parts.people.findByEmail(email)) !== undefined) {
    throw new AppError("unauthorized", { publicMessage: "The invited address has an account. Sign in, then accept." });
  }
  const { name, password, language = "en", timeZone = "UTC" } = given;
  if (name === undefined || password === undefined) {
    throw new AppError("bad_request", { publicMessage: "name and password: a new person needs both." });
  }
  const userId = newId("user", parts.clock.wallNow());
  const makeAccount = await parts.people.prepareAccount({ userId, email, name, password, language, timeZone });
  return { userId, makeAccount };
}

async function join(
  parts: MemberParts,
  tx: OrgTx & UserTx,
  { orgId, joining, tokenHash }: { orgId: string; joining: Joining; tokenHash: Buffer },
): Promise<{ organizationId: string; role: Role }> {
  const { userId } = joining;
  await lockMembers(tx, orgId);
  const now = new Date(parts.clock.wallNow());
  const [taken] = await tx
    .update(invitations)
    .set({ acceptedAt: now })
    .where(and(eq(invitations.tokenHash, tokenHash), stands(now)))
    .returning({ id: invitations.id, role: invitations.role });
  if (taken === undefined) throw notValid();
  await joining.makeAccount?.(tx);
  const [before] = await tx
    .select()
    .from(memberships)
    .where(and(eq(memberships.orgId, orgId), eq(memberships.userId, userId)));
  if (before === undefined) {
    await requireRoom(parts, tx);
    await tx.insert(memberships).values({ orgId, userId, role: taken.role, createdAt: now });
  }
  const role = before?.role ?? taken.role;
  const actor = { kind: "user", id: userId } as const;
  await parts.audit.append(tx, { orgId, actor, action: "invitations.accept", subject: taken.id, facts: { role } });
  return { organizationId: orgId, role };
}

async function requireRoom({ standings }: MemberParts, tx: OrgTx): Promise<void> {
  const { maxMembers } = await standings.read(tx);
  const [members] = await tx.select({ count: count() }).from(memberships);
  if (maxMembers === null || (members?.count ?? 0) < maxMembers) return;
  throw new AppError("conflict", {
    publicMessage: `The organisation has its ${maxMembers} members already. Ask the installation's administrator for more.`,
  });
}
