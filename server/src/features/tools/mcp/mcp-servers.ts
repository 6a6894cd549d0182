/** An organisation's MCP servers: asked before they are kept, sealed, their tools remembered. */
import type { McpServer, McpServerChange, McpTarget, NewMcpServer } from "@parley/contract/mcp-servers";
import { asc, eq, gt } from "drizzle-orm";
import { AppError, ProviderError } from "../../../kernel/app-error.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { newId } from "../../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../../platform/db/org-db.ts";
import type { Actor } from "../../../platform/http/principal.ts";
import type { AddressRules } from "../../../platform/net/address-rules.ts";
import type { AuditLog } from "../../audit/index.ts";
import type { Organizations } from "../../organizations/index.ts";
import { checkSecretsStay } from "../secrets-stay.ts";
import { type Listing, stillWrites } from "./listed-tools.ts";
import { type McpServerRow, mcpServers } from "./mcp-servers.table.ts";
import type { McpSessions } from "./mcp-sessions.ts";
import { type OpenServer, openServer, sealServer, sessionKey, toServer } from "./sealed-server.ts";

export interface McpServersParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly rules: AddressRules;
  readonly sessions: McpSessions;
  readonly stdioCommands: readonly string[];
}

interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

export interface McpServers {
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: McpServer[]; nextCursor: string | null }>;
  /** Throws AppError `not_found`. */
  get(orgId: string, id: string): Promise<McpServer>;
  /** Throws AppError `bad_request` or `provider_failed` with what is wrong, `conflict` for a name that is taken. */
  create(doing: Doing, wish: NewMcpServer): Promise<McpServer>;
  change(doing: Doing & { id: string }, change: McpServerChange): Promise<McpServer>;
  /** Never throws for the server's sake: what is wrong with it is in the answer. */
  check(doing: Doing & { id: string }): Promise<McpServer>;
  remove(doing: Omit<Doing, "signal"> & { id: string }): Promise<void>;
}

const maxServers = 20;
const noSuchServer = () => new AppError("not_found", { publicMessage: "There is no such MCP server." });
const changedMeanwhile = () => new AppError("conflict", { publicMessage: "The MCP server has changed meanwhile." });

export function createMcpServers(parts: McpServersParts): McpServers {
  const { db, audit } = parts;
  return {
    list: (orgId, page) => listServers(parts, orgId, page),
    get: async (orgId, id) => {
      const { row, opened } = await read(parts, orgId, id);
      return toServer(row, opened);
    },
    create: (doing, wish) => create(parts, doing, wish),
    change: (doing, change) => changeServer(parts, doing, change),
    check: (doing) => check(parts, doing),
    remove: ({ orgId, actor, id }) =>
      db.withOrg(orgId, async (tx) => {
        const gone = await tx.delete(mcpServers).where(eq(mcpServers.id, id)).returning({ id: mcpServers.id });
        if (gone.length === 0) throw noSuchServer();
        await audit.append(tx, { orgId, actor, action: "mcp-servers.delete", subject: id });
      }),
  };
}

async function listServers(
  { db, organizations }: McpServersParts,
  orgId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  return await db.withOrg(orgId, async (tx) => {
    const { id } = mcpServers;
    const rows = await tx
      .select()
      .from(mcpServers)
      .where(cursor === undefined ? undefined : gt(id, cursor))
      .orderBy(asc(id))
      .limit(limit + 1);
    const orgKey = await organizations.keyOf(tx, orgId);
    const items = rows.slice(0, limit).map((row) => toServer(row, openServer(orgKey, row)));
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  });
}

async function read({ db, organizations }: McpServersParts, orgId: string, id: string) {
  return await db.withOrg(orgId, async (tx) => {
    const [row] = await tx.select().from(mcpServers).where(eq(mcpServers.id, id));
    if (row === undefined) throw noSuchServer();
    return { row, opened: openServer(await organizations.keyOf(tx, orgId), row) };
  });
}

/** The url is looked at here so that the field is named; where it leads is looked at with every connection. */
async function checkTarget({ rules, stdioCommands }: McpServersParts, target: McpTarget): Promise<void> {
  if (target.kind === "http") {
    const { checkOutboundUrl } = await import("../../../platform/net/guarded-fetch.ts");
    checkOutboundUrl(target.url, rules, "url");
    return;
  }
  if (stdioCommands.includes(target.command)) return;
  throw new AppError("bad_request", {
    publicMessage:
      "command is not allowed here. The operator of this installation lists those that are in MCP_STDIO_COMMANDS.",
  });
}

interface Asked {
  readonly id: string;
  readonly target: McpTarget;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const ask = ({ sessions }: McpServersParts, { id, ...asked }: Asked): Promise<Listing> =>
  sessions.list({ ...asked, key: sessionKey(id, asked.target, asked.timeoutMs) });

/** Throws AppError with words for the owner. */
async function require(parts: McpServersParts, asked: Asked): Promise<Listing> {
  await checkTarget(parts, asked.target);
  return await ask(parts, asked).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    const words = `The MCP server did not tell its tools: ${error.vendorMessage ?? "it failed"}. Nothing was kept.`;
    const code = error.permanent ? "bad_request" : "provider_failed";
    throw new AppError(code, { publicMessage: words, family: error.permanent ? "user" : "operational", cause: error });
  });
}

async function create(parts: McpServersParts, { orgId, actor, signal }: Doing, wish: NewMcpServer): Promise<McpServer> {
  const { db, organizations, audit, clock } = parts;
  const { name, target, timeoutMs } = wish;
  const now = new Date(clock.wallNow());
  const id = newId("mcp", clock.wallNow());
  const listing = await require(parts, { id, target, timeoutMs, signal });
  return await db.withOrg(orgId, async (tx) => {
    const there = await tx.select({ name: mcpServers.name }).from(mcpServers);
    if (there.length >= maxServers) {
      throw new AppError("conflict", {
        publicMessage: `There are ${maxServers} MCP servers already. Remove one first.`,
      });
    }
    const opened: OpenServer = { target, listing, problem: undefined };
    const [row] = await tx
      .insert(mcpServers)
      .values({
        ...{ id, orgId, name, kind: target.kind, enabled: true, status: "ok", effects: {}, timeoutMs },
        ...{ createdBy: actor.id, createdAt: now, updatedAt: now, checkedAt: now },
        ...sealServer(await organizations.keyOf(tx, orgId), { id, orgId }, opened),
      })
      .onConflictDoNothing()
      .returning();
    if (row === undefined) {
      throw new AppError("conflict", { publicMessage: `name: there is a server ${name} already. Choose another.` });
    }
    await audit.append(tx, { orgId, actor, action: "mcp-servers.create", subject: id, facts: { kind: target.kind } });
    return toServer(row, opened);
  });
}

function changedTarget(target: McpTarget, { url, headers }: McpServerChange): McpTarget {
  if (url === undefined && headers === undefined) return target;
  if (target.kind === "stdio") {
    throw new AppError("bad_request", { publicMessage: "url: this server is a command, it has no address." });
  }
  checkSecretsStay(target.url, url ?? target.url, {
    ...{ kept: Object.keys(target.headers), given: headers, field: "headers" },
  });
  const kept = Object.entries({ ...target.headers, ...headers }).filter(([, value]) => value !== null);
  return { kind: "http", url: url ?? target.url, headers: Object.fromEntries(kept) as Record<string, string> };
}

async function changeServer(
  parts: McpServersParts,
  { id, ...doing }: Doing & { id: string },
  change: McpServerChange,
): Promise<McpServer> {
  const before = await read(parts, doing.orgId, id);
  const target = changedTarget(before.opened.target, change);
  const timeoutMs = change.timeoutMs ?? before.row.timeoutMs;
  const isElsewhere = target !== before.opened.target;
  const listing = isElsewhere ? await require(parts, { id, target, timeoutMs, signal: doing.signal }) : undefined;
  const opened = listing === undefined ? before.opened : { target, listing, problem: undefined };
  const pinned = stillWrites(before.row.effects, before.opened.listing, opened.listing);
  const effects = Object.entries({ ...pinned, ...change.effects }).filter(([, value]) => value !== null);
  return await write(
    parts,
    { ...doing, action: "mcp-servers.change", before: before.row, opened },
    {
      ...{ enabled: change.enabled ?? before.row.enabled, timeoutMs },
      effects: Object.fromEntries(effects) as McpServerRow["effects"],
      ...(isElsewhere ? { status: "ok", checkedAt: new Date(parts.clock.wallNow()) } : {}),
    },
  );
}

async function check(parts: McpServersParts, { id, ...doing }: Doing & { id: string }): Promise<McpServer> {
  const { row, opened } = await read(parts, doing.orgId, id);
  const { target } = opened;
  const asked = { id, target, timeoutMs: row.timeoutMs, signal: doing.signal };
  const found = await ask(parts, asked).catch((error: unknown) => {
    if (error instanceof ProviderError || error instanceof AppError) return error;
    throw error;
  });
  const isRefusal = found instanceof AppError || (found instanceof ProviderError && found.permanent);
  const now: OpenServer =
    found instanceof Error
      ? { ...opened, problem: found instanceof AppError ? found.publicMessage : (found.vendorMessage ?? found.message) }
      : { target, listing: found, problem: undefined };
  return await write(
    parts,
    { ...doing, action: "mcp-servers.check", before: row, opened: now },
    {
      status: found instanceof Error ? (isRefusal ? "refused" : "unreachable") : "ok",
      effects: stillWrites(row.effects, opened.listing, now.listing),
      checkedAt: new Date(parts.clock.wallNow()),
    },
  );
}

interface Writing extends Doing {
  readonly action: string;
  readonly before: McpServerRow;
  readonly opened: OpenServer;
}

/** What was changed by somebody else since it was read is not put back. */
async function write(
  { db, organizations, audit, clock }: McpServersParts,
  { orgId, actor, action, before, opened }: Writing,
  set: Partial<McpServerRow>,
): Promise<McpServer> {
  return await db.withOrg(orgId, async (tx: OrgTx) => {
    const { id } = before;
    const [now] = await tx.select().from(mcpServers).where(eq(mcpServers.id, id)).for("no key update");
    if (now === undefined) throw noSuchServer();
    if (!now.keyWrap.equals(before.keyWrap)) throw changedMeanwhile();
    const sealed = sealServer(await organizations.keyOf(tx, orgId), { id, orgId }, opened);
    const updatedAt = new Date(clock.wallNow());
    const [row] = await tx
      .update(mcpServers)
      .set({ ...set, ...sealed, updatedAt })
      .where(eq(mcpServers.id, id))
      .returning();
    if (row === undefined) throw noSuchServer();
    await audit.append(tx, { orgId, actor, action, subject: id, facts: { status: row.status } });
    return toServer(row, opened);
  });
}
