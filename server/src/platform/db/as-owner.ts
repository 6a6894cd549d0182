import type pg from "pg";
import { ownerRole } from "./roles.ts";

/** One statement as the tables' owner, on an administrator's connection. */
export async function asOwner<Row extends pg.QueryResultRow>(
  admin: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  await admin.query(`set role ${ownerRole}`);
  try {
    return await admin.query<Row>(text, [...values]);
  } finally {
    // In a transaction that failed the role goes with its rollback.
    await admin.query("reset role").catch(() => undefined);
  }
}
