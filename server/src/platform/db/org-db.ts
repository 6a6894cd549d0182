/**
 * The only way to a tenant's tables: a transaction as `parley_app`, bound to one organisation. Stores take an `OrgTx`, and
 * nothing but `withOrg` makes one, so an unscoped query does not type-check; row-level security refuses it all the same.
 */
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { withoutValues } from "./db-error.ts";

declare const boundToOrganization: unique symbol;

type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

/** A transaction that sees one organisation's rows. */
export type OrgTx = Transaction & { readonly [boundToOrganization]: true };

export interface OrgDb {
  /** Commits when `work` resolves, rolls back when it throws. Database failures are thrown as `DbError`, without values. */
  withOrg<T>(orgId: string, work: (tx: OrgTx) => Promise<T>): Promise<T>;
  /** The questions that precede an organisation: SECURITY DEFINER functions that return ids only. */
  askForIds(question: IdQuestion): Promise<readonly string[]>;
}

/** Organisations with calls that are still open. */
export type IdQuestion = "organizations_with_open_calls";

export function createOrgDb(pool: pg.Pool): OrgDb {
  const db = drizzle(pool);
  return {
    async withOrg(orgId, work) {
      if (orgId === "") throw new TypeError("withOrg needs an organisation's id");
      try {
        return await db.transaction(async (tx) => {
          await tx.execute(sql`select set_config('parley.org_id', ${orgId}, true)`);
          return await work(tx as OrgTx);
        });
      } catch (error) {
        throw withoutValues(error);
      }
    },
    async askForIds(question) {
      try {
        const { rows } = await db.execute<{ id: string }>(sql`select id from ${sql.identifier(question)}() as t(id)`);
        return rows.map((row) => row.id);
      } catch (error) {
        throw withoutValues(error);
      }
    },
  };
}
