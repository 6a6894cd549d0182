/** The labelled questions of `bench/knowledge-set`, and their passages as chunks of a database. */
import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { searchVector } from "../features/knowledge/search/search-vector.ts";
import type { OrgDb } from "../platform/db/org-db.ts";

export interface LabelledPassage {
  readonly id: string;
  readonly document: string;
  readonly heading: string;
  readonly text: string;
  readonly language: string;
  readonly questions: readonly string[];
}

const folder = new URL("../../../bench/knowledge-set/", import.meta.url);

export function readKnowledgeSet(name: "english" | "arabic"): LabelledPassage[] {
  const language = name === "english" ? "en-GB" : "ar-EG";
  const passages: (LabelledPassage & { questions: string[]; text: string })[] = [];
  let document = "";
  for (const line of readFileSync(new URL(`${name}.md`, folder), "utf8").split("\n")) {
    const last = passages.at(-1);
    if (line.startsWith("# ")) document = line.slice(2);
    else if (line.startsWith("## ")) {
      const id = `${name}_${passages.length}`;
      passages.push({ id, document, heading: line.slice(3), text: "", language, questions: [] });
    } else if (line.startsWith("? ")) last?.questions.push(line.slice(2));
    else if (last !== undefined && line !== "") last.text = `${last.text} ${line}`.trim();
  }
  return passages;
}

export interface ChunkRow {
  readonly id: string;
  readonly document: string;
  readonly heading: string;
  readonly text: string;
  readonly language: string;
}

/** A source for each document, in one collection. */
export async function storeChunks(
  db: OrgDb,
  { orgId, collectionId }: { orgId: string; collectionId: string },
  chunks: readonly ChunkRow[],
): Promise<void> {
  await db.withOrg(orgId, async (tx) => {
    await tx.execute(
      sql`insert into knowledge_collections (id, org_id, name) values (${collectionId}, ${orgId}, 'Texts') on conflict do nothing`,
    );
    const documents = [...new Set(chunks.map(({ document }) => document))];
    for (const [number, title] of documents.entries()) {
      const id = `${collectionId}_source_${number}`;
      await tx.execute(sql`insert into knowledge_sources (id, org_id, collection_id, kind, title, status)
        values (${id}, ${orgId}, ${collectionId}, 'text', ${title}, 'ready') on conflict do nothing`);
      await tx.execute(sql`insert into knowledge_pages (id, org_id, source_id, title)
        values (${`${id}_page`}, ${orgId}, ${id}, ${title}) on conflict do nothing`);
    }
    for (const [position, chunk] of chunks.entries()) {
      const source = `${collectionId}_source_${documents.indexOf(chunk.document)}`;
      const { id, heading, text, language } = chunk;
      await tx.execute(sql`insert into knowledge_chunks
        (id, org_id, collection_id, source_id, page_id, position, heading, text, language, words)
        values (${id}, ${orgId}, ${collectionId}, ${source}, ${`${source}_page`}, ${position}, ${`${chunk.document} > ${heading}`},
          ${text}, ${language}, ${searchVector({ heading: `${chunk.document} ${heading}`, text, language })}::tsvector)`);
    }
  });
}
