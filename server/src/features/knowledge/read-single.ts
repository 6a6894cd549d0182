/** Sources that are one document. */
import type { QuestionAndAnswer } from "@parley/contract/knowledge";
import { maxKnowledgeFileBytes } from "@parley/contract/knowledge";
import { and, eq, isNull } from "drizzle-orm";
import { type Chunk, chunkBlocks } from "./chunk-blocks.ts";
import { userAgent } from "./crawl/user-agent.ts";
import { knowledgePages } from "./knowledge.table.ts";
import { missingFileProblem, noWordsProblem, SourceProblem, statusProblem } from "./problems.ts";
import { type Block, DocumentError, type PageFacts } from "./reading/block.ts";
import type { Outcome, Reading } from "./reading-run.ts";
import { type PageToSave, savePage } from "./save-page.ts";

const pageTimeoutMs = 60_000;

export async function readFile(reading: Reading): Promise<Outcome> {
  const { parts, row, key, language, reader, signal, progress } = reading;
  if (key === undefined) throw new SourceProblem(missingFileProblem);
  const stored = await parts.files.open({ orgId: row.orgId, sourceId: row.id, key });
  const hint = { bytes: stored.plainBytes, name: row.settings.name ?? row.title, language };
  const content = stored.read(0, stored.plainBytes);
  const { blocks, facts } = await reader.read({ hint, content, signal, onProgress: progress });
  await saveOnly(reading, { title: row.title, chunks: toChunks(blocks, facts, language) });
  return {};
}

/** Plain text and Markdown are read the same way: what is no mark is a word. */
export async function readText(reading: Reading, text: string): Promise<Outcome> {
  const { row, language, reader, signal } = reading;
  const bytes = Buffer.from(text);
  const hint = { bytes: bytes.length, name: "text.md", language };
  const { blocks, facts } = await reader.read({ hint, content: [bytes], signal });
  await saveOnly(reading, { title: row.title, chunks: toChunks(blocks, facts, language) });
  return {};
}

/** Each is found and quoted alone. */
export async function readAnswers(reading: Reading, answers: readonly QuestionAndAnswer[]): Promise<Outcome> {
  const { row, language } = reading;
  const chunks = answers.flatMap(({ question, answer }) =>
    chunkBlocks([{ kind: "heading", level: 1, text: question }, ...paragraphs(answer)], language),
  );
  await saveOnly(reading, { title: row.title, chunks });
  return {};
}

const paragraphs = (text: string): Block[] =>
  text.split(/\n\s*\n/).map((each) => ({ kind: "text", text: each.replace(/\s+/g, " ").trim() }));

export async function readPage(reading: Reading): Promise<Outcome> {
  const { parts, row, language, reader, signal } = reading;
  const { url = "" } = row.settings;
  const known = await parts.db.withOrg(row.orgId, async (tx) => {
    const isIt = and(eq(knowledgePages.sourceId, row.id), isNull(knowledgePages.url));
    return (await tx.select().from(knowledgePages).where(isIt))[0];
  });
  const answer = await parts.fetch(url, {
    headers: { "user-agent": userAgent, ...conditions(known) },
    ...{ signal, timeoutMs: pageTimeoutMs, maxBytes: maxKnowledgeFileBytes },
  });
  if (answer.status === 304) return {};
  if (answer.status !== 200) throw new SourceProblem(statusProblem(answer.status));
  const hint = documentHintOf(answer, language);
  const { blocks, facts } = await reader.read({ hint, content: [answer.body], signal }).catch((error: unknown) => {
    throw error instanceof DocumentError && error.fault === "no-text" ? new SourceProblem(noWordsProblem) : error;
  });
  const { etag, "last-modified": lastModified } = answer.headers;
  const title = facts.title ?? row.title;
  await saveOnly(reading, { title, etag, lastModified, chunks: toChunks(blocks, facts, language) });
  return { title: facts.title };
}

/** So that only what changed is sent. */
export function conditions(known: { etag: string | null; lastModified: string | null } | undefined) {
  return {
    ...(known?.etag ? { "if-none-match": known.etag } : {}),
    ...(known?.lastModified ? { "if-modified-since": known.lastModified } : {}),
  };
}

export function documentHintOf(
  { body, headers, url }: { body: Buffer; headers: Readonly<Record<string, string>>; url: string },
  language: string,
) {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  const contentType = headers["content-type"];
  return { bytes: body.length, name, language, url, ...(contentType === undefined ? {} : { contentType }) };
}

/** Throws DocumentError `too-long`. */
export function toChunks(blocks: readonly Block[], facts: PageFacts, language: string): Chunk[] {
  return chunkBlocks(blocks, facts.language ?? language);
}

async function saveOnly({ parts, row }: Reading, page: Omit<PageToSave, "url">): Promise<void> {
  const { db, clock } = parts;
  await db.withOrg(row.orgId, (tx) => savePage(tx, { clock, source: row }, { ...page, url: null }));
}
