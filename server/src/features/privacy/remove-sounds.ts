import { sql } from "drizzle-orm";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";

const soundsAtOnce = 100;

/** Every recording of an organisation that is being erased: what lies in the folder or the bucket, before the rows that name it go. */
export async function removeSoundsOf(
  db: OrgDb,
  orgId: string,
  erase: (tx: OrgTx, callId: string) => Promise<() => Promise<void>>,
): Promise<void> {
  for (let after = ""; ; ) {
    const { rows } = await db.withOrg(orgId, (tx) =>
      tx.execute<{ id: string }>(sql`
        select call_id as id from recordings where call_id > ${after} order by call_id limit ${soundsAtOnce}`),
    );
    for (const { id } of rows) {
      const removeSound = await db.withOrg(orgId, (tx) => erase(tx, id));
      await removeSound();
    }
    if (rows.length < soundsAtOnce) return;
    after = rows.at(-1)?.id ?? after;
  }
}
