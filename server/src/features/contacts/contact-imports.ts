/**
 * Contacts from a file. The upload is parsed as it comes and laid down sealed, in chunks; a job takes chunk after chunk, each in a
 * transaction that imports its lines, writes the report, counts, and takes the chunk away. Whatever dies, dies between chunks.
 */
import type { Readable } from "node:stream";
import type { ContactImport, ImportProblem } from "@parley/contract/contact-imports";
import { and, asc, eq, gt, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { streamCsv } from "../../platform/csv/stream-csv.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { defineJob, type JobSender } from "../../platform/queue/queue.ts";
import type { AuditLog } from "../audit/index.ts";
import { type Organizations, readPlace } from "../organizations/index.ts";
import { readFields } from "./contact-fields.ts";
import { type CsvColumn, mapColumns } from "./csv-columns.ts";
import { importBatch, insertProblems } from "./import-batch.ts";
import { contactImportChunks, contactImportProblems, contactImports, type ImportRow } from "./imports.table.ts";
import { type CsvLine, readCsv } from "./read-csv.ts";

export const importContacts = defineJob({
  name: "contacts.import",
  payload: z.object({ orgId: z.string(), importId: z.string() }),
  expireSeconds: 1800,
  concurrency: 1,
});

export interface ContactImports {
  /** Throws AppError `bad_request` for a file without lines or without numbers. */
  start(asked: { orgId: string; actor: Actor }, file: ImportFile): Promise<ContactImport>;
  get(orgId: string, importId: string): Promise<ContactImport>;
  problems(
    orgId: string,
    importId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: ImportProblem[]; nextCursor: string | null }>;
  report(orgId: string, importId: string): Promise<Readable>;
  /** The job: goes on where it stopped, any number of times. */
  run(work: { orgId: string; importId: string }, signal?: AbortSignal): Promise<void>;
}

export interface ImportFile {
  readonly stream: Readable;
  readonly isDryRun: boolean;
  /** `Mobile=phone,Group=ignore` */
  readonly columns?: string | undefined;
}

export interface ImportParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly jobs: JobSender;
}

interface Settings {
  readonly columns: readonly CsvColumn[];
  readonly country: string | null;
}

const linesInChunk = 200;
/** An upload that nobody finished. */
const abandonedAfterMs = 24 * 3_600_000;

const place = (orgId: string, importId: string, seq: string) => ({ orgId, owner: importId, seq });

function toImport(row: ImportRow, { columns }: Settings): ContactImport {
  const { id, dryRun, lines, linesDone, created, updated, unchanged, badLines } = row;
  return {
    ...{ id, dryRun, lines, linesDone, created, updated, unchanged, badLines },
    state: row.state === "receiving" ? "waiting" : row.state,
    columns: columns.map(({ header, field }) => ({ header, field })),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

export function createContactImports(parts: ImportParts): ContactImports {
  const { db, organizations } = parts;
  const opened = async (tx: OrgTx, orgId: string, row: ImportRow) => {
    const key = unwrapKey(await organizations.keyOf(tx, orgId), row.keyWrap, row.id);
    return { key, settings: open(key, place(orgId, row.id, "settings"), row.sealedSettings) as Settings };
  };

  return {
    start: (asked, file) => receive(parts, asked, file),
    get: (orgId, importId) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireImport(tx, importId);
        return toImport(row, (await opened(tx, orgId, row)).settings);
      }),
    problems: (orgId, importId, page) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireImport(tx, importId);
        const { key } = await opened(tx, orgId, row);
        return await selectProblems(tx, { row, key, limit: page.limit, after: readCursor(page.cursor) });
      }),
    report: async (orgId, importId) => {
      await db.withOrg(orgId, (tx) => requireImport(tx, importId));
      return streamCsv(reportRows(parts, orgId, importId));
    },
    run: (work, signal) => run(parts, work, signal),
  };
}

async function requireImport(tx: OrgTx, importId: string): Promise<ImportRow> {
  const [row] = await tx.select().from(contactImports).where(eq(contactImports.id, importId));
  if (row !== undefined && row.state !== "receiving") return row;
  throw new AppError("not_found", { publicMessage: "There is no such import." });
}

/** The file's lines lie sealed under a key of the import; the last transaction makes it one that is to be done. */
async function receive(
  { db, clock, organizations, audit, jobs }: ImportParts,
  { orgId, actor }: { orgId: string; actor: Actor },
  file: ImportFile,
): Promise<ContactImport> {
  const lines = readCsv(file.stream);
  const header = (await lines.next()).value as CsvLine | undefined;
  if (header === undefined || header.fault !== undefined) {
    throw new AppError("bad_request", { publicMessage: "The file has no line of headers that can be read." });
  }
  const importId = newId("imp", clock.wallNow());
  const key = newKey();
  const now = new Date(clock.wallNow());
  await db.withOrg(orgId, async (tx) => {
    const { country } = await readPlace(tx);
    const columns = mapColumns(header.cells, { wishes: file.columns, fields: await readFields(tx) });
    const settings: Settings = { columns, country };
    const abandoned = new Date(now.getTime() - abandonedAfterMs);
    await tx
      .delete(contactImports)
      .where(and(eq(contactImports.state, "receiving"), lt(contactImports.createdAt, abandoned)));
    await tx.insert(contactImports).values({
      ...{ orgId, id: importId, state: "receiving", dryRun: file.isDryRun, createdAt: now },
      keyWrap: wrapKey(await organizations.keyOf(tx, orgId), key, importId),
      sealedSettings: seal(key, place(orgId, importId, "settings"), settings),
      actorKind: actor.kind,
      actorId: actor.id,
    });
  });
  let count = 0;
  let chunk: CsvLine[] = [];
  const layDown = async () => {
    if (chunk.length === 0) return;
    const seq = count;
    const sealedLines = seal(key, place(orgId, importId, `lines ${seq}`), chunk);
    await db.withOrg(orgId, (tx) => tx.insert(contactImportChunks).values({ orgId, importId, seq, sealedLines }));
    chunk = [];
  };
  for await (const line of lines) {
    count++;
    if (chunk.push(line) >= linesInChunk) await layDown();
  }
  await layDown();
  return await db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .update(contactImports)
      .set({ state: "waiting", lines: count })
      .where(eq(contactImports.id, importId))
      .returning();
    if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such import." });
    const facts = { lines: count, dryRun: file.isDryRun };
    await audit.append(tx, { orgId, actor, action: "contact-imports.start", subject: importId, facts });
    await jobs.send(tx, importContacts, { orgId, importId }, { singletonKey: importId });
    return toImport(row, open(key, place(orgId, importId, "settings"), row.sealedSettings) as Settings);
  });
}

async function run(
  parts: ImportParts,
  { orgId, importId }: { orgId: string; importId: string },
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    const isDone = await parts.db.withOrg(orgId, (tx) => runChunk(tx, parts, { orgId, importId }));
    if (isDone) return;
  }
  throw new Error("the import was stopped between two chunks");
}

/** True when nothing is left. The import's row is locked: two workers take turns. */
async function runChunk(
  tx: OrgTx,
  { organizations, clock, audit }: ImportParts,
  { orgId, importId }: { orgId: string; importId: string },
): Promise<boolean> {
  const [row] = await tx.select().from(contactImports).where(eq(contactImports.id, importId)).for("update");
  if (row === undefined || row.state === "done" || row.state === "receiving") return true;
  const [chunk] = await tx
    .select()
    .from(contactImportChunks)
    .where(eq(contactImportChunks.importId, importId))
    .orderBy(asc(contactImportChunks.seq))
    .limit(1);
  if (chunk === undefined) {
    await tx
      .update(contactImports)
      .set({ state: "done", finishedAt: new Date(clock.wallNow()) })
      .where(eq(contactImports.id, importId));
    const { created, updated, unchanged, badLines } = row;
    const actor = { kind: "system", id: "system" } as const;
    const facts = { created, updated, unchanged, badLines };
    await audit.append(tx, { orgId, actor, action: "contact-imports.finish", subject: importId, facts });
    return true;
  }
  const orgKey = await organizations.keyOf(tx, orgId);
  const key = unwrapKey(orgKey, row.keyWrap, importId);
  const lines = open(key, place(orgId, importId, `lines ${chunk.seq}`), chunk.sealedLines) as CsvLine[];
  const { columns, country } = open(key, place(orgId, importId, "settings"), row.sealedSettings) as Settings;
  const rules = { columns, country, fields: await readFields(tx), nowMs: clock.wallNow() };
  const { counts, problems } = await importBatch(tx, { orgId, orgKey }, { lines, rules, isDryRun: row.dryRun });
  const sealed = problems.map((problem, index) => ({
    line: problem.line,
    // Unique in the import: lines after a broken quotation mark may share a number.
    number: chunk.seq * 100 + index,
    problem: seal(key, place(orgId, importId, `problem ${problem.line} ${chunk.seq * 100 + index}`), problem),
  }));
  await insertProblems(tx, orgId, { importId, sealed });
  await tx
    .update(contactImports)
    .set({
      state: "running",
      linesDone: sql`${contactImports.linesDone} + ${lines.length}`,
      created: sql`${contactImports.created} + ${counts.created}`,
      updated: sql`${contactImports.updated} + ${counts.updated}`,
      unchanged: sql`${contactImports.unchanged} + ${counts.unchanged}`,
      badLines: sql`${contactImports.badLines} + ${counts.badLines}`,
    })
    .where(eq(contactImports.id, importId));
  await tx
    .delete(contactImportChunks)
    .where(and(eq(contactImportChunks.importId, importId), eq(contactImportChunks.seq, chunk.seq)));
  return false;
}

interface ProblemPage {
  readonly row: ImportRow;
  readonly key: Buffer;
  readonly limit: number;
  readonly after: readonly [line: number, number: number];
}

async function selectProblems(tx: OrgTx, { row, key, limit, after: [line, number] }: ProblemPage) {
  const { orgId, id: importId } = row;
  const problems = contactImportProblems;
  const rows = await tx
    .select()
    .from(problems)
    .where(
      and(
        eq(problems.importId, importId),
        or(gt(problems.line, line), and(eq(problems.line, line), gt(problems.number, number))),
      ),
    )
    .orderBy(asc(problems.line), asc(problems.number))
    .limit(limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(
      (each) =>
        open(key, place(orgId, importId, `problem ${each.line} ${each.number}`), each.sealedProblem) as ImportProblem,
    ),
    nextCursor: rows.length > limit && last !== undefined ? `${last.line}.${last.number}` : null,
  };
}

function readCursor(cursor: string | undefined): readonly [number, number] {
  if (cursor === undefined) return [-1, -1];
  const [, line = "", number = ""] = /^(\d{1,9})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (number !== "") return [Number(line), Number(number)];
  throw new AppError("bad_request", { publicMessage: "cursor is not one this list gave out. Leave it away to start." });
}

async function* reportRows({ db, organizations }: ImportParts, orgId: string, importId: string) {
  yield ["line", "field", "value", "reason", "mend"];
  for (let after = readCursor(undefined); ; ) {
    const page = await db.withOrg(orgId, async (tx) => {
      const row = await requireImport(tx, importId);
      const key = unwrapKey(await organizations.keyOf(tx, orgId), row.keyWrap, importId);
      return await selectProblems(tx, { row, key, limit: 500, after });
    });
    for (const { line, field, value, reason, mend } of page.items) yield [String(line), field, value, reason, mend];
    if (page.nextCursor === null) return;
    after = readCursor(page.nextCursor);
  }
}
