/** The agents' rows. Everything here runs in the caller's transaction. */
import { and, asc, desc, eq, gt, isNotNull, lt, or } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type AgentRow, type AgentVersionRow, agents, agentVersions } from "./agents.table.ts";

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface PageOf<Row> {
  readonly rows: Row[];
  readonly nextCursor: string | null;
}

const badCursor = () =>
  new AppError("bad_request", {
    publicMessage: "cursor: is not one this list gave out. Leave it away to start at the beginning.",
  });

function pageOf<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => string): PageOf<Row> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor =
    rows.length > limit && last !== undefined ? Buffer.from(cursorOf(last)).toString("base64url") : null;
  return { rows: page, nextCursor };
}

const decode = (cursor: string) => Buffer.from(cursor, "base64url").toString();

export async function selectAgents(tx: OrgTx, { limit, cursor }: Page): Promise<PageOf<AgentRow>> {
  const [, at = "", id = ""] = cursor === undefined ? [] : (/^(\d{1,15})\.([\w-]{1,100})$/.exec(decode(cursor)) ?? []);
  if (cursor !== undefined && id === "") throw badCursor();
  const after = new Date(Number(at));
  const rows = await tx
    .select()
    .from(agents)
    .where(
      cursor === undefined
        ? undefined
        : or(gt(agents.createdAt, after), and(eq(agents.createdAt, after), gt(agents.id, id))),
    )
    .orderBy(asc(agents.createdAt), asc(agents.id))
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => `${row.createdAt.getTime()}.${row.id}`);
}

/** Throws AppError `not_found`. */
export async function requireAgent(tx: OrgTx, agentId: string, lock?: "update"): Promise<AgentRow> {
  const query = tx.select().from(agents).where(eq(agents.id, agentId));
  const [row] = lock === undefined ? await query : await query.for(lock);
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such agent." });
  return row;
}

/** The agents that answer, oldest first. */
export async function selectPublished(tx: OrgTx): Promise<AgentRow[]> {
  return await tx
    .select()
    .from(agents)
    .where(isNotNull(agents.publishedVersion))
    .orderBy(asc(agents.createdAt), asc(agents.id))
    .limit(100);
}

export async function selectVersions(
  tx: OrgTx,
  agentId: string,
  { limit, cursor }: Page,
): Promise<PageOf<AgentVersionRow>> {
  const before = cursor === undefined ? undefined : decode(cursor);
  if (before !== undefined && !/^\d{1,7}$/.test(before)) throw badCursor();
  const rows = await tx
    .select()
    .from(agentVersions)
    .where(
      and(
        eq(agentVersions.agentId, agentId),
        before === undefined ? undefined : lt(agentVersions.version, Number(before)),
      ),
    )
    .orderBy(desc(agentVersions.version))
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => String(row.version));
}

/** Throws AppError `not_found`. */
export async function requireVersion(tx: OrgTx, agentId: string, version: number): Promise<AgentVersionRow> {
  const [row] = await tx
    .select()
    .from(agentVersions)
    .where(and(eq(agentVersions.agentId, agentId), eq(agentVersions.version, version)));
  if (row === undefined) throw new AppError("not_found", { publicMessage: "This agent has no such version." });
  return row;
}

export async function lastVersionNumber(tx: OrgTx, agentId: string): Promise<number> {
  const [row] = await tx
    .select({ version: agentVersions.version })
    .from(agentVersions)
    .where(eq(agentVersions.agentId, agentId))
    .orderBy(desc(agentVersions.version))
    .limit(1);
  return row?.version ?? 0;
}
