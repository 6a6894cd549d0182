/** Texts of the chunks that were found, under row-level security. */
import { sql } from "drizzle-orm";
import type { OrgTx } from "../../../platform/db/org-db.ts";

export interface StoredPassage {
  readonly id: string;
  readonly text: string;
  readonly heading: string;
  readonly language: string;
  readonly collectionId: string;
  readonly source: { readonly id: string; readonly title: string; readonly page?: number; readonly url?: string };
}

interface Row extends Record<string, unknown> {
  id: string;
  text: string;
  heading: string;
  language: string;
  collection_id: string;
  source_id: string;
  title: string;
  page_number: number | null;
  url: string | null;
}

/** By id; what is gone meanwhile is absent. */
export async function readPassages(tx: OrgTx, ids: readonly string[]): Promise<Map<string, StoredPassage>> {
  if (ids.length === 0) return new Map();
  const { rows } = await tx.execute<Row>(sql`
    select c.id, c.text, c.heading, c.language, c.collection_id, c.source_id, c.page_number, p.url,
      case when s.kind in ('site', 'page') and p.title <> '' then p.title else s.title end as title
    from knowledge_chunks as c
      join knowledge_sources as s on s.org_id = c.org_id and s.id = c.source_id
      join knowledge_pages as p on p.org_id = c.org_id and p.id = c.page_id
    where c.id = any (${sql.param([...ids])}::text[])`);
  return new Map(rows.map((row) => [row.id, toPassage(row)]));
}

function toPassage(row: Row): StoredPassage {
  return {
    id: row.id,
    text: row.text,
    heading: row.heading,
    language: row.language,
    collectionId: row.collection_id,
    source: {
      id: row.source_id,
      title: row.title,
      ...(row.page_number === null ? {} : { page: row.page_number }),
      ...(row.url === null ? {} : { url: row.url }),
    },
  };
}

/** Those of the organisation among the ones asked for; all of them when none was. */
export async function readCollectionIds(tx: OrgTx, wanted: readonly string[] | undefined): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(
    wanted === undefined
      ? sql`select id from knowledge_collections`
      : sql`select id from knowledge_collections where id = any (${sql.param([...wanted])}::text[])`,
  );
  return rows.map(({ id }) => id);
}
