import { sql } from "drizzle-orm";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { SourceFiles } from "./source-files.ts";

const filesAtOnce = 100;

/** Every file of an organisation that is being erased, before the rows that name them go. */
export async function eraseFilesOf({ db, files }: { db: OrgDb; files: SourceFiles }, orgId: string): Promise<void> {
  for (let after = ""; ; ) {
    const { rows } = await db.withOrg(orgId, (tx) =>
      tx.execute<{ id: string }>(sql`
        select id from knowledge_sources where kind = 'file' and id > ${after} order by id limit ${filesAtOnce}`),
    );
    for (const { id } of rows) await files.remove({ orgId, sourceId: id });
    if (rows.length < filesAtOnce) break;
    after = rows.at(-1)?.id ?? after;
  }
  // Of sources that were deleted a moment ago: the job that removes their files may not have come to it.
  await files.clearFolder(orgId);
}
