/** What nobody asks for: sources that are due are read again, and what dead processes left is taken up. */
import { lte, sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { knowledgeSources } from "./knowledge.table.ts";
import type { KnowledgeParts } from "./knowledge-parts.ts";
import { askToRead, removeSource } from "./sources.ts";

const sourcesAtOnce = 50;

/** Safe to run in two workers at once, and twice. */
export async function tendSources(parts: KnowledgeParts, signal: AbortSignal): Promise<void> {
  const now = new Date(parts.clock.wallNow());
  for (const orgId of await parts.db.askForIds("organizations_with_knowledge_due", [now])) {
    signal.throwIfAborted();
    await parts.db.withOrg(orgId, (tx) => tendOrganization(tx, parts, now));
  }
}

/** What is more than a few is done the next time. The conditions are those of the question above. */
async function tendOrganization(tx: OrgTx, parts: KnowledgeParts, now: Date): Promise<void> {
  const { nextRefreshAt, status, updatedAt } = knowledgeSources;
  const before = (ms: number) => lte(updatedAt, new Date(now.getTime() - ms));
  const hourMs = 3_600_000;
  const rows = await tx
    .select()
    .from(knowledgeSources)
    .where(
      sql`${lte(nextRefreshAt, now)} or (${status} in ('waiting', 'reading') and ${before(hourMs)})
        or (${status} = 'receiving' and ${before(24 * hourMs)})`,
    )
    .orderBy(knowledgeSources.id)
    .limit(sourcesAtOnce)
    .for("update", { skipLocked: true });
  for (const row of rows) {
    if (row.status === "receiving") await removeSource(tx, parts, row);
    else await askToRead(tx, parts, row);
  }
}
