/** Access tokens of accounts that a consent connects: refreshed before they end, by one refresher at a time over all processes. */
import type { OauthVendor } from "@parley/contract/connections";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { ProviderError } from "../../kernel/app-error.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import { memberships, type Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import type { AccessTokenOf } from "./connection-parts.ts";
import { noSuchConnection } from "./connection-rows.ts";
import { type ConnectionRow, connections } from "./connections.table.ts";
import type { OauthClient, OauthTokens } from "./oauth.port.ts";
import { identityScopes } from "./oauth-scopes.ts";
import { type ConsentSecrets, openConnection, sealConnection } from "./sealed-connection.ts";
import { tellConnectionFailed } from "./tell-failed.job.ts";

export interface AccessTokenParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly emit: EmitWebhook;
  readonly jobs: JobSender;
  /** Undefined: the operator has not set the vendor up. */
  readonly clientOf: (vendor: OauthVendor) => Promise<OauthClient | undefined>;
}

interface Held {
  readonly row: ConnectionRow;
  readonly name: string;
  readonly vendor: OauthVendor;
  readonly secrets: ConsentSecrets;
}

/** Refreshed so long before its end: a call that begins with it ends with it. */
const marginMs = 120_000;
const claimMs = 20_000;
const waitMs = 200;

const withdrawn = (vendor: string) =>
  new ProviderError(`${vendor} takes the consent no more.`, {
    ...{ provider: vendor, category: "auth", permanent: true },
    vendorMessage: "the consent was withdrawn or has expired: connect the account again",
  });

const isOauthVendor = (vendor: string): vendor is OauthVendor => vendor === "google" || vendor === "microsoft";

async function read(parts: AccessTokenParts, orgId: string, connectionId: string): Promise<Held> {
  return await parts.db.withOrg(orgId, async (tx) => {
    const [row] = await tx.select().from(connections).where(eq(connections.id, connectionId));
    if (row === undefined || !isOauthVendor(row.vendor)) throw noSuchConnection();
    const { name, secrets } = openConnection(row, await parts.organizations.keyOf(tx, orgId));
    if (!("refreshToken" in secrets)) throw noSuchConnection();
    return { row, name, secrets, vendor: row.vendor };
  });
}

async function claim({ db, clock }: AccessTokenParts, { row }: Held): Promise<boolean> {
  const nowMs = clock.wallNow();
  const { refreshClaimedUntil } = connections;
  const isFree = or(isNull(refreshClaimedUntil), lt(refreshClaimedUntil, new Date(nowMs)));
  const taken = await db.withOrg(row.orgId, (tx) =>
    tx
      .update(connections)
      .set({ refreshClaimedUntil: new Date(nowMs + claimMs) })
      // Whoever was faster has written another key.
      .where(and(eq(connections.id, row.id), eq(connections.keyWrap, row.keyWrap), isFree))
      .returning({ id: connections.id }),
  );
  return taken.length > 0;
}

async function store(parts: AccessTokenParts, { row, name, secrets }: Held, tokens: OauthTokens): Promise<string> {
  const fresh: ConsentSecrets = {
    ...secrets,
    accessToken: tokens.accessToken,
    accessUntilMs: parts.clock.wallNow() + tokens.expiresInSeconds * 1000,
    ...(tokens.refreshToken === undefined ? {} : { refreshToken: tokens.refreshToken }),
  };
  await parts.db.withOrg(row.orgId, async (tx) => {
    const orgKey = await parts.organizations.keyOf(tx, row.orgId);
    const sealed = sealConnection(
      { id: row.id, orgId: row.orgId, orgKey },
      { name, secrets: fresh, problem: undefined },
    );
    // A consent given anew meanwhile is not written over.
    const same = and(eq(connections.id, row.id), eq(connections.keyWrap, row.keyWrap));
    const checkedAt = new Date(parts.clock.wallNow());
    await tx
      .update(connections)
      .set({ ...sealed, status: "connected", checkedAt, refreshClaimedUntil: null })
      .where(same);
  });
  return fresh.accessToken;
}

/** Told once: to the owner's servers and to every owner, in the transaction that marks it. */
async function noteFailed(parts: AccessTokenParts, held: Held, words: string): Promise<void> {
  const { row, name, secrets, vendor } = held;
  const { orgId, id } = row;
  await parts.db.withOrg(orgId, async (tx) => {
    const orgKey = await parts.organizations.keyOf(tx, orgId);
    // A token that was withdrawn is no use to anybody: without it nobody asks in vain.
    const dead = { ...secrets, accessToken: "", refreshToken: "" };
    const sealed = sealConnection({ id, orgId, orgKey }, { name, secrets: dead, problem: words });
    const checkedAt = new Date(parts.clock.wallNow());
    const [failed] = await tx
      .update(connections)
      .set({ ...sealed, status: "failed", checkedAt, refreshClaimedUntil: null })
      .where(and(eq(connections.id, id), eq(connections.keyWrap, row.keyWrap)))
      .returning({ id: connections.id });
    if (failed !== undefined) await tell(tx, parts, { orgId, connectionId: id, vendor });
  });
}

async function tell(
  tx: OrgTx,
  { emit, jobs }: AccessTokenParts,
  { orgId, connectionId, vendor }: { orgId: string; connectionId: string; vendor: OauthVendor },
): Promise<void> {
  await emit(tx, { orgId, type: "connection.failed", subjectId: connectionId, facts: { vendor } });
  const owners = await tx.select({ userId: memberships.userId }).from(memberships).where(eq(memberships.role, "owner"));
  for (const { userId } of owners) await jobs.send(tx, tellConnectionFailed, { orgId, connectionId, userId });
}

async function release({ db }: AccessTokenParts, { row }: Held): Promise<void> {
  await db.withOrg(row.orgId, (tx) =>
    tx
      .update(connections)
      .set({ refreshClaimedUntil: null })
      .where(and(eq(connections.id, row.id), eq(connections.keyWrap, row.keyWrap))),
  );
}

async function refresh(parts: AccessTokenParts, held: Held, signal: AbortSignal): Promise<string> {
  const { secrets, vendor } = held;
  const client = await parts.clientOf(vendor);
  if (client === undefined) {
    throw new ProviderError(`${vendor} is not set up on this installation.`, {
      ...{ provider: vendor, category: "auth", permanent: true },
    });
  }
  try {
    const scopes = [...new Set([...identityScopes(vendor), ...secrets.scopes])];
    const tokens = await client.refresh({ refreshToken: secrets.refreshToken, scopes, signal });
    if (!("revoked" in tokens)) return await store(parts, held, tokens);
    await noteFailed(parts, held, tokens.revoked);
  } catch (error) {
    await release(parts, held).catch(() => undefined);
    throw error;
  }
  throw withdrawn(vendor);
}

export function createAccessTokens(parts: AccessTokenParts): AccessTokenOf {
  const { clock } = parts;
  return async ({ orgId, connectionId }, signal, refused) => {
    const endMs = clock.now() + claimMs;
    for (;;) {
      signal.throwIfAborted();
      const held = await read(parts, orgId, connectionId);
      const { accessToken, accessUntilMs } = held.secrets;
      if (held.secrets.refreshToken === "") throw withdrawn(held.vendor);
      if (accessToken !== refused && accessUntilMs - clock.wallNow() > marginMs) return accessToken;
      if (await claim(parts, held)) return await refresh(parts, held, signal);
      if (clock.now() > endMs) {
        throw new ProviderError(`${held.vendor}'s token is being refreshed for too long.`, {
          ...{ provider: held.vendor, category: "timeout", permanent: false },
        });
      }
      await sleep(clock, waitMs, signal);
    }
  };
}
