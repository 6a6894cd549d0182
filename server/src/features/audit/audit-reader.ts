/** The audit log as it is read and checked. */
import type { AuditEntry, AuditVerdict, auditFilters } from "@parley/contract/audit";
import { and, asc, desc, eq, gt, gte, lt, lte, type SQL } from "drizzle-orm";
import type { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Anchor, AuditAnchors } from "./anchors.ts";
import { auditEntries, auditHeads } from "./audit.table.ts";
import { chainStart, hashOfEntry } from "./audit-log.ts";

type Filters = z.infer<typeof auditFilters>;
type Row = typeof auditEntries.$inferSelect;
type Broken = NonNullable<AuditVerdict["broken"]>;

export interface AuditReader {
  /** Newest first. Throws `bad_request` for a cursor that is none. */
  list(
    orgId: string,
    page: Filters & { limit: number; cursor?: string | undefined },
  ): Promise<{ items: AuditEntry[]; nextCursor: string | null }>;
  /** Reads a piece at a time, whatever the length. What is added meanwhile is not looked at. */
  verify(orgId: string): Promise<AuditVerdict>;
  /** A page of organisations, in the order of their ids. */
  verifyAll(page: { limit: number; cursor?: string | undefined }): Promise<{
    items: (AuditVerdict & { organizationId: string })[];
    nextCursor: string | null;
  }>;
}

const entriesAtOnce = 1000;

export function createAuditReader({ db, anchors }: { db: OrgDb; anchors: AuditAnchors }): AuditReader {
  const verify = async (orgId: string) => verifyChain(db, orgId, await anchors.of(orgId));
  return {
    verify,
    async verifyAll({ limit, cursor = "" }) {
      const orgIds = (await db.askForIds("organizations_to_tend")).filter((orgId) => orgId > cursor);
      const shown = orgIds.slice(0, limit);
      const items = [];
      for (const organizationId of shown) items.push({ organizationId, ...(await verify(organizationId)) });
      return { items, nextCursor: orgIds.length > limit ? (shown.at(-1) ?? null) : null };
    },
    async list(orgId, { limit, cursor, ...filters }) {
      const before = cursor === undefined ? undefined : readCursor(cursor);
      const rows = await db.withOrg(orgId, (tx) =>
        tx
          .select()
          .from(auditEntries)
          .where(and(...conditions(filters), ...(before === undefined ? [] : [lt(auditEntries.seq, before)])))
          .orderBy(desc(auditEntries.seq))
          .limit(limit + 1),
      );
      const shown = rows.slice(0, limit);
      return { items: shown.map(toEntry), nextCursor: rows.length > limit ? String(shown.at(-1)?.seq) : null };
    },
  };
}

function conditions({ actor, action, subject, from, to }: Filters): SQL[] {
  return [
    ...(actor === undefined ? [] : [eq(auditEntries.actorId, actor)]),
    ...(action === undefined ? [] : [eq(auditEntries.action, action)]),
    ...(subject === undefined ? [] : [eq(auditEntries.subject, subject)]),
    ...(from === undefined ? [] : [gte(auditEntries.at, new Date(from))]),
    ...(to === undefined ? [] : [lt(auditEntries.at, new Date(to))]),
  ];
}

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("bad_request", {
    publicMessage: "cursor is not one this list gave out. Leave it away to start at the newest entry.",
  });
}

const toEntry = (row: Row): AuditEntry => ({
  ...{ seq: row.seq, action: row.action, subject: row.subject, facts: row.facts },
  at: row.at.toISOString(),
  actor: { kind: row.actorKind, id: row.actorId },
  hash: row.hash.toString("hex"),
});

async function verifyChain(db: OrgDb, orgId: string, noted: readonly Anchor[]): Promise<AuditVerdict> {
  const [head] = await db.withOrg(orgId, (tx) => tx.select().from(auditHeads));
  const last = noted.at(-1);
  const end = { seq: head?.seq ?? 0, hash: head?.hash ?? chainStart };
  const anchoredThrough = last === undefined ? null : last.seq;
  const anchored = new Map(noted.map((each) => [each.seq, each.hash]));
  let known: { seq: number; hash: Buffer } = { seq: 0, hash: chainStart };
  const answer = (broken: Broken | null): AuditVerdict => {
    return { state: broken === null ? "intact" : "broken", entries: known.seq, broken, anchoredThrough };
  };
  while (known.seq < end.seq) {
    const rows = await db.withOrg(orgId, (tx) => selectPiece(tx, known.seq, end.seq));
    for (const row of rows) {
      const broken = judge(row, known, anchored);
      if (broken !== undefined) return answer(broken);
      known = { seq: row.seq, hash: row.hash };
    }
    if (rows.length === 0) return answer({ seq: known.seq + 1, why: "missing" });
  }
  if (!known.hash.equals(end.hash)) return answer({ seq: end.seq, why: "changed" });
  const lost = noted.find((each) => each.seq > end.seq);
  return answer(lost === undefined ? null : { seq: end.seq + 1, why: "cut" });
}

const selectPiece = (tx: OrgTx, after: number, through: number) =>
  tx
    .select()
    .from(auditEntries)
    .where(and(gt(auditEntries.seq, after), lte(auditEntries.seq, through)))
    .orderBy(asc(auditEntries.seq))
    .limit(entriesAtOnce);

function judge(
  row: Row,
  before: { seq: number; hash: Buffer },
  anchored: ReadonlyMap<number, string>,
): Broken | undefined {
  const { hash, ...entry } = row;
  if (row.seq !== before.seq + 1) return { seq: before.seq + 1, why: "missing" };
  if (!hashOfEntry(entry).equals(hash)) return { seq: row.seq, why: "changed" };
  if (!row.previousHash.equals(before.hash)) return { seq: row.seq, why: "moved" };
  const noted = anchored.get(row.seq);
  return noted === undefined || noted === hash.toString("hex") ? undefined : { seq: row.seq, why: "rewritten" };
}
