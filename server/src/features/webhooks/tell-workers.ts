import { sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";

/** Told by `emit_webhook_event` too. */
export const webhookChannel = "webhook_events";

/** Something is due now: when the transaction commits, the workers look at once. */
export async function tellWorkers(tx: OrgTx): Promise<void> {
  await tx.execute(sql`select pg_notify(${webhookChannel}, '')`);
}
