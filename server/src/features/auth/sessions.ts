/** Sessions: a chain of refresh tokens each. A used token that comes again was stolen from somebody: the whole session ends. */
import { and, desc, eq, isNull, lt, ne, or } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, UserTx } from "../../platform/db/org-db.ts";
import { memberships } from "../organizations/index.ts";
import { type AccessTokens, accessTokenSeconds } from "./access-token.ts";
import { refreshTokens, sessions } from "./auth.tables.ts";
import type { People } from "./people.ts";
import { createSecretTokens, type SecretTokens } from "./secret-token.ts";

/** What signed in, as it called itself. */
export interface Device {
  readonly userAgent: string | undefined;
  readonly address: string | undefined;
}

export interface OpenedSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly orgId: string | undefined;
  readonly accessToken: string;
  readonly accessTokenSeconds: number;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

export interface SessionFacts extends Device {
  readonly id: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
}

type EndReason = "signed-out" | "revoked" | "refresh-token-reused" | "password-changed";

export interface Sessions {
  /** The active organisation is the oldest one of the person's, unless told. */
  open(tx: UserTx, userId: string, about: { device: Device; orgId?: string }): Promise<OpenedSession>;
  /** Throws AppError `unauthorized`, or `not_found` for an organisation the person does not belong to. */
  refresh(refreshToken: string, choice: { orgId?: string }): Promise<OpenedSession>;
  /** Of a token that stands for nothing: nothing happens. */
  endByToken(refreshToken: string): Promise<void>;
  list(tx: UserTx, userId: string): Promise<SessionFacts[]>;
  /** False when there is no such session that stands. */
  end(tx: UserTx, sessionId: string, reason: EndReason): Promise<boolean>;
  endAll(tx: UserTx, userId: string, about: { except?: string; reason: EndReason }): Promise<void>;
}

export interface SessionParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly people: People;
  readonly accessTokens: AccessTokens;
}

/** Without a refresh for so long, a session is over. */
const idleMs = 30 * 24 * 3_600_000;
/** A used token that comes again within this time ends its session; later it is a token of nobody's. */
const usedTokenKeptMs = 7 * 24 * 3_600_000;
const mostListed = 100;

const notStanding = () =>
  new AppError("unauthorized", { publicMessage: "This refresh token is not valid any more. Sign in again." });

export function createSessions(parts: SessionParts): Sessions {
  const { db, people } = parts;
  const tokens = createSecretTokens(parts.masterKey, "refresh");
  const now = () => new Date(parts.clock.wallNow());

  const end: Sessions["end"] = async (tx, sessionId, reason) => {
    const ended = await tx
      .update(sessions)
      .set({ revokedAt: now(), revokedBecause: reason })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)))
      .returning({ id: sessions.id });
    return ended.length > 0;
  };

  return {
    end,
    async open(tx, userId, { device, orgId }) {
      const at = now();
      const sessionId = newId("session", at.getTime());
      const expiresAt = new Date(at.getTime() + idleMs);
      const activeOrgId = orgId ?? (await oldestOrganization(tx, userId)) ?? null;
      const sealedDevice = await people.seal(tx, { userId, column: "device" }, device);
      await forgetOld(tx, userId, at);
      const times = { createdAt: at, lastUsedAt: at, expiresAt };
      await tx.insert(sessions).values({ id: sessionId, userId, activeOrgId, sealedDevice, ...times });
      return await issue(tx, { parts, tokens }, { userId, sessionId, orgId: activeOrgId ?? undefined, expiresAt });
    },
    refresh: (refreshToken, choice) => refresh({ parts, tokens }, refreshToken, choice),
    async endByToken(refreshToken) {
      const tokenHash = tokens.hashOf(refreshToken);
      const [userId] = await db.askForIds("user_of_refresh_token", [tokenHash]);
      if (userId === undefined) return;
      await db.withUser(userId, async (tx) => {
        const [row] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash));
        if (row !== undefined) await end(tx, row.sessionId, "signed-out");
      });
    },
    async list(tx, userId) {
      const rows = await tx
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)))
        .orderBy(desc(sessions.createdAt), desc(sessions.id))
        .limit(mostListed);
      const standing = rows.filter((row) => row.expiresAt > now());
      return await Promise.all(standing.map((row) => toFacts(tx, people, row)));
    },
    async endAll(tx, userId, { except, reason }) {
      const others = except === undefined ? undefined : ne(sessions.id, except);
      await tx
        .update(sessions)
        .set({ revokedAt: now(), revokedBecause: reason })
        .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), others));
    },
  };
}

const noSuchOrganization = () =>
  new AppError("not_found", { publicMessage: "There is no such organisation of yours." });

async function refresh(
  { parts, tokens }: { parts: SessionParts; tokens: SecretTokens },
  refreshToken: string,
  choice: { orgId?: string },
): Promise<OpenedSession> {
  const tokenHash = tokens.hashOf(refreshToken);
  const at = new Date(parts.clock.wallNow());
  const [userId] = await parts.db.askForIds("user_of_refresh_token", [tokenHash]);
  if (userId === undefined) throw notStanding();
  // Thrown after the commit: the end of a stolen session must not be rolled back.
  const opened = await parts.db.withUser(userId, async (tx) => {
    const session = await takeToken(tx, { tokenHash, at });
    if (session === undefined || session === "reused") return undefined;
    const orgId = await chooseOrganization(tx, userId, choice.orgId ?? session.activeOrgId ?? undefined);
    if (choice.orgId !== undefined && orgId === undefined) throw noSuchOrganization();
    const expiresAt = new Date(at.getTime() + idleMs);
    const change = { lastUsedAt: at, expiresAt, activeOrgId: orgId ?? null };
    await tx.update(sessions).set(change).where(eq(sessions.id, session.id));
    const longUsed = lt(refreshTokens.usedAt, new Date(at.getTime() - usedTokenKeptMs));
    await tx.delete(refreshTokens).where(and(eq(refreshTokens.sessionId, session.id), longUsed));
    return await issue(tx, { parts, tokens }, { userId, sessionId: session.id, orgId, expiresAt });
  });
  if (opened === undefined) throw notStanding();
  return opened;
}

/** Uses the token up. "reused": it was used before, and its session is ended now. Undefined: it stands for nothing. */
async function takeToken(tx: UserTx, { tokenHash, at }: { tokenHash: Buffer; at: Date }) {
  const [token] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash)).for("update");
  if (token === undefined) return undefined;
  const [session] = await tx.select().from(sessions).where(eq(sessions.id, token.sessionId)).for("update");
  if (session === undefined || session.revokedAt !== null || session.expiresAt <= at) return undefined;
  if (token.usedAt !== null) {
    const ended = { revokedAt: at, revokedBecause: "refresh-token-reused" };
    await tx.update(sessions).set(ended).where(eq(sessions.id, session.id));
    return "reused" as const;
  }
  await tx.update(refreshTokens).set({ usedAt: at }).where(eq(refreshTokens.tokenHash, tokenHash));
  return session;
}

interface Issued {
  readonly userId: string;
  readonly sessionId: string;
  readonly orgId: string | undefined;
  readonly expiresAt: Date;
}

async function issue(
  tx: UserTx,
  { parts, tokens }: { parts: SessionParts; tokens: SecretTokens },
  { userId, sessionId, orgId, expiresAt }: Issued,
): Promise<OpenedSession> {
  const { token, tokenHash } = tokens.make();
  const createdAt = new Date(parts.clock.wallNow());
  await tx.insert(refreshTokens).values({ tokenHash, sessionId, userId, createdAt });
  const accessToken = await parts.accessTokens.sign({ userId, sessionId, orgId });
  return {
    ...{ userId, sessionId, orgId, accessToken, accessTokenSeconds },
    refreshToken: token,
    expiresAtMs: expiresAt.getTime(),
  };
}

/** Sessions long over. */
async function forgetOld(tx: UserTx, userId: string, at: Date): Promise<void> {
  const long = new Date(at.getTime() - idleMs);
  const isOver = or(lt(sessions.expiresAt, long), lt(sessions.revokedAt, long));
  await tx.delete(sessions).where(and(eq(sessions.userId, userId), isOver));
}

async function oldestOrganization(tx: UserTx, userId: string): Promise<string | undefined> {
  const mine = eq(memberships.userId, userId);
  const [row] = await tx.select().from(memberships).where(mine).orderBy(memberships.createdAt).limit(1);
  return row?.orgId;
}

/** The wanted one while the person belongs to it. */
async function chooseOrganization(tx: UserTx, userId: string, wanted: string | undefined): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  const [row] = await tx
    .select({ orgId: memberships.orgId })
    .from(memberships)
    .where(and(eq(memberships.userId, userId), eq(memberships.orgId, wanted)));
  return row?.orgId;
}

async function toFacts(tx: UserTx, people: People, row: typeof sessions.$inferSelect): Promise<SessionFacts> {
  const place = { userId: row.userId, column: "device" } as const;
  const device = row.sealedDevice === null ? {} : ((await people.open(tx, place, row.sealedDevice)) as Partial<Device>);
  return {
    id: row.id,
    userAgent: device.userAgent,
    address: device.address,
    createdAtMs: row.createdAt.getTime(),
    lastUsedAtMs: row.lastUsedAt.getTime(),
    expiresAtMs: row.expiresAt.getTime(),
  };
}
