/** A site as a source: what a crawl finds is kept page by page. */
import { siteLimits } from "@parley/contract/knowledge";
import { and, eq, lt } from "drizzle-orm";
import { raiseRevision } from "./collections.ts";
import { type Crawl, crawlSite, type Fetched, type KnownPage, type Taken } from "./crawl/crawl-site.ts";
import { knowledgePages } from "./knowledge.table.ts";
import { documentProblems } from "./problems.ts";
import { conditions, documentHintOf, toChunks } from "./read-single.ts";
import { DocumentError } from "./reading/block.ts";
import type { DocumentAsRead } from "./reading/document-reader.ts";
import type { Outcome, Reading } from "./reading-run.ts";
import { lockRound, savePage } from "./save-page.ts";

export async function readSite(reading: Reading): Promise<Outcome> {
  const { parts, row, signal, progress } = reading;
  const { url: startUrl = "", limits = siteLimits.parse({}) } = row.settings;
  const { fetch, clock, politenessMs } = parts;
  let title: string | undefined;
  const texts = new Set<string>();
  const crawl: Crawl = {
    ...{ startUrl, limits, fetch, clock, signal, politenessMs },
    known: await knownPages(reading),
    onProgress: progress,
    async onPage(page, see) {
      const kept = await keepPage(reading, { page, see, texts });
      if (page.depth === 0) title ??= kept.title;
      return kept;
    },
    onSame: (url) => touch(reading, url, null),
    onFailed: (url, problem) => touch(reading, url, problem),
    onGone: (url) => forget(reading, url),
  };
  const { isWhole, failed, pages } = await crawlSite(crawl);
  const problem = failed > 0 ? `${failed} of ${pages + failed} pages could not be read this time.` : undefined;
  return { title, isWhole, problem };
}

async function knownPages({ parts, row }: Reading): Promise<KnownPage[]> {
  const rows = await parts.db.withOrg(row.orgId, (tx) =>
    tx.select().from(knowledgePages).where(eq(knowledgePages.sourceId, row.id)),
  );
  return rows.flatMap(({ url, depth, ...known }) =>
    url === null ? [] : [{ url, depth, conditions: conditions(known) }],
  );
}

/** One that could not be read, or did not change, is seen all the same. */
async function touch({ parts, row }: Reading, url: string, problem: string | null): Promise<void> {
  await parts.db.withOrg(row.orgId, async (tx) => {
    await lockRound(tx, row);
    const isIt = and(
      eq(knowledgePages.sourceId, row.id),
      eq(knowledgePages.url, url),
      lt(knowledgePages.round, row.round),
    );
    await tx.update(knowledgePages).set({ round: row.round, problem }).where(isIt);
  });
}

async function forget({ parts, row }: Reading, url: string): Promise<void> {
  await parts.db.withOrg(row.orgId, async (tx) => {
    const { collectionId } = await lockRound(tx, row);
    const isIt = and(eq(knowledgePages.sourceId, row.id), eq(knowledgePages.url, url));
    const gone = await tx.delete(knowledgePages).where(isIt).returning({ id: knowledgePages.id });
    if (gone.length > 0) await raiseRevision(tx, collectionId);
  });
}

interface Found {
  readonly page: Fetched;
  readonly see: (url: string) => boolean;
  /** Of this round: the same words at a second address are not kept twice. */
  readonly texts: Set<string>;
}

async function keepPage(
  reading: Reading,
  { page, see, texts }: Found,
): Promise<Taken & { title?: string | undefined }> {
  const { parts, row, language, reader, signal } = reading;
  const { answer, depth } = page;
  const hint = documentHintOf(answer, language);
  let read: DocumentAsRead;
  try {
    read = await reader.read({ hint, content: [answer.body], signal });
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    await touch(reading, page.url, documentProblems[error.fault]);
    return { links: [] };
  }
  const { blocks, facts } = read;
  const links = facts.noFollow === true ? [] : (facts.links ?? []);
  const taken = { links, title: facts.title };
  const { canonical = page.url } = facts;
  const isOwn = sameAddress(canonical, page.url) || new URL(canonical).host !== new URL(page.url).host;
  // Kept under the address it wants to be known by; when that was seen already, this one is a copy.
  if (facts.noIndex === true || (!isOwn && !see(canonical))) {
    await forget(reading, page.url);
    return taken;
  }
  const chunks = toChunks(blocks, facts, language);
  const words = chunks.map(({ heading, text }) => `${heading}\n${text}`).join("\n");
  if (texts.has(words)) return taken;
  texts.add(words);
  const url = isOwn ? page.url : canonical;
  const { etag, "last-modified": lastModified } = isOwn ? answer.headers : {};
  const heading = blocks.find((block) => block.kind === "heading");
  const title = facts.title ?? (heading?.kind === "heading" ? heading.text : url);
  await parts.db.withOrg(row.orgId, (tx) =>
    savePage(tx, { clock: parts.clock, source: row }, { url, title, etag, lastModified, depth, chunks }),
  );
  return taken;
}

const sameAddress = (one: string, other: string) => one.replace(/[/#]$/, "") === other.replace(/[/#]$/, "");
