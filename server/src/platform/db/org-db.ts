/**
 * The only way to a tenant's tables: a transaction as `parley_app`, bound to one organisation. Stores take an `OrgTx`, and
 * nothing but `withOrg` makes one, so an unscoped query does not type-check; row-level security refuses it all the same.
 */
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { DbError, withoutValues } from "./db-error.ts";
import { createFairTurns } from "./fair-turns.ts";

declare const boundToOrganization: unique symbol;
declare const boundToPerson: unique symbol;

type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

/** A transaction that sees one organisation's rows. */
export type OrgTx = Transaction & { readonly [boundToOrganization]: true };

/** A transaction that sees one person's own rows: their account, sessions, memberships. */
export type UserTx = Transaction & { readonly [boundToPerson]: true };

export interface OrgDb {
  /** Commits when `work` resolves, rolls back when it throws. Database failures are thrown as `DbError`, without values. */
  withOrg<T>(orgId: string, work: (tx: OrgTx) => Promise<T>): Promise<T>;
  /** The same for a person's own rows. */
  withUser<T>(userId: string, work: (tx: UserTx) => Promise<T>): Promise<T>;
  /** For what a person does in an organisation that changes both. */
  withUserInOrg<T>(who: { userId: string; orgId: string }, work: (tx: UserTx & OrgTx) => Promise<T>): Promise<T>;
  /** The questions that precede an organisation: SECURITY DEFINER functions that return ids only. */
  askForIds(question: IdQuestion, values?: readonly IdQuestionValue[]): Promise<readonly string[]>;
  /** For the installation's administrator: a SECURITY DEFINER function that returns ids, names and numbers, never content. */
  askInstallation(
    question: "installation_organizations",
    values: readonly IdQuestionValue[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A function of the migrations, `security definer`, granted to `parley_app`, returning `setof text`: ids and nothing else. */
export type IdQuestion =
  | "webhook_deliveries_due"
  | "webhook_deliveries_claimed_by"
  | "organizations_with_open_calls"
  | "organization_of_api_key"
  | "organization_of_invitation"
  | "organizations_being_erased"
  | "organizations_to_tend"
  | "organizations_with_knowledge_due"
  | "installation_key_holders"
  | "user_with_email"
  | "user_of_refresh_token"
  | "user_of_one_time_token"
  | "organizations_of_carrier_account"
  | "organization_of_connection"
  | "organization_of_oauth_state"
  | "organization_of_calendar_sync"
  | "organizations_with_calendar_syncs"
  | "organization_of_phone_number"
  | "organizations_with_phone_numbers"
  | "organizations_to_bill"
  | "organizations_with_due_appointments"
  | "organization_of_outbound_call"
  | "organizations_with_notifications"
  | "organizations_without_digest";

export type IdQuestionValue = string | number | Buffer | Date;

/** Empty settings match nothing: who is not named sees nothing. */
async function withBound<T>(
  pool: pg.Pool,
  bound: { orgId: string; userId: string },
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return await useClient(pool, (db) =>
    db.transaction(async (tx) => {
      await tx.execute(
        sql`select set_config('parley.org_id', ${bound.orgId}, true), set_config('parley.user_id', ${bound.userId}, true)`,
      );
      return await work(tx);
    }),
  );
}

/**
 * In the same transaction, rows of another organisation: for a request that was claimed in one and does its deed in the other.
 * When `work` throws, the transaction sees nobody's rows any more.
 */
export async function asOtherOrg(tx: OrgTx, orgId: string, work: (tx: OrgTx) => Promise<void>): Promise<void> {
  if (orgId === "") throw new TypeError("asOtherOrg needs an organisation's id");
  const bind = async (to: string) => await tx.execute(sql`select set_config('parley.org_id', ${to}, true)`);
  const { rows } = await tx.execute<{ bound: string }>(sql`select current_setting('parley.org_id') as bound`);
  await bind(orgId);
  try {
    await work(tx);
  } catch (error) {
    await bind("").catch(() => undefined);
    throw error;
  }
  await bind(rows[0]?.bound ?? "");
}

/** As long as anybody waits for a connection. */
const turnWithinMs = 3000;

export function createOrgDb(pool: pg.Pool): OrgDb {
  const connections = pool.options?.max ?? 4;
  const turns = createFairTurns({ atOnce: Math.max(1, connections - 1), waitMs: turnWithinMs });
  const bind = async <T>(bound: { orgId: string; userId: string }, work: (tx: Transaction) => Promise<T>) => {
    const giveBack = await turns.take(bound.orgId === "" ? bound.userId : bound.orgId);
    try {
      return await withBound(pool, bound, work);
    } finally {
      giveBack();
    }
  };
  return {
    async withOrg(orgId, work) {
      if (orgId === "") throw new TypeError("withOrg needs an organisation's id");
      return await bind({ orgId, userId: "" }, (tx) => work(tx as OrgTx));
    },
    async withUser(userId, work) {
      if (userId === "") throw new TypeError("withUser needs a person's id");
      return await bind({ orgId: "", userId }, (tx) => work(tx as UserTx));
    },
    async withUserInOrg({ userId, orgId }, work) {
      if (userId === "" || orgId === "") throw new TypeError("withUserInOrg needs a person's and an organisation's id");
      return await bind({ orgId, userId }, (tx) => work(tx as UserTx & OrgTx));
    },
    async askForIds(question, values = []) {
      const given = sql.join(
        values.map((value) => sql.param(value instanceof Date ? value.toISOString() : value)),
        sql`, `,
      );
      const { rows } = await useClient(pool, (db) =>
        db.execute<{ id: string }>(sql`select id from ${sql.identifier(question)}(${given}) as t(id)`),
      );
      return rows.map((row) => row.id);
    },
    async askInstallation(question, values) {
      const given = sql.join(
        values.map((value) => sql.param(value)),
        sql`, `,
      );
      const { rows } = await useClient(pool, (db) =>
        db.execute<Record<string, unknown>>(sql`select * from ${sql.identifier(question)}(${given})`),
      );
      return rows;
    },
  };
}

/** A connection that failed or timed out is thrown away: it may still hold a query nobody waits for. */
async function useClient<T>(pool: pg.Pool, use: (db: NodePgDatabase) => Promise<T>): Promise<T> {
  let client: pg.PoolClient | undefined;
  let isBroken = false;
  const onError = () => {
    isBroken = true;
  };
  try {
    client = await pool.connect();
    client.on("error", onError);
    return await use(drizzle(client));
  } catch (error) {
    const clean = withoutValues(error);
    if (clean instanceof DbError && clean.isUnavailable) isBroken = true;
    throw clean;
  } finally {
    client?.off("error", onError);
    client?.release(isBroken);
  }
}
