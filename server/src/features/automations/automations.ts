/** What an organisation wants done by itself. Every change is one transaction with its entry in the audit log. */
import type { Automation, AutomationChange, AutomationRun, NewAutomation } from "@parley/contract/automations";
import { newAutomation } from "@parley/contract/automations";
import { and, asc, desc, eq, gt, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type AutomationRow, automationRuns, automations } from "./automations.table.ts";
import { faultsOfInput } from "./fill-input.ts";
import { openAutomation, openProblem, sealAutomation } from "./sealed-automation.ts";

interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
}
interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}
interface Paged<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

export interface Automations {
  list(orgId: string, page: Page): Promise<Paged<Automation>>;
  get(orgId: string, id: string): Promise<Automation>;
  /** Throws AppError `bad_request` that names the field. */
  create(doing: Doing, wish: NewAutomation): Promise<Automation>;
  change(doing: Doing & { id: string }, change: AutomationChange): Promise<Automation>;
  remove(doing: Doing & { id: string }): Promise<void>;
  /** Newest first. */
  runs(orgId: string, id: string, page: Page): Promise<Paged<AutomationRun>>;
}

export interface AutomationsParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly audit: AuditLog;
  /** By name: what is wrong with settings of it. Opens its own transaction. */
  readonly toolsOf: (
    orgId: string,
  ) => Promise<ReadonlyMap<string, (settings: Readonly<Record<string, unknown>>) => readonly string[]>>;
}

const maxAutomations = 100;
/** They belong to a call that is still on. */
const callOnly = new Set(["end_call", "note_intent"]);

function show(row: AutomationRow, config: NewAutomation): Automation {
  return { ...config, id: row.id, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

export async function requireAutomation(tx: OrgTx, id: string): Promise<AutomationRow> {
  const [row] = await tx.select().from(automations).where(eq(automations.id, id)).for("update");
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such automation." });
  return row;
}

async function check({ toolsOf }: AutomationsParts, orgId: string, config: NewAutomation): Promise<void> {
  const known = await toolsOf(orgId);
  const faultsOf = callOnly.has(config.tool) ? undefined : known.get(config.tool);
  const names = [...known.keys()].filter((name) => !callOnly.has(name));
  const faults = [
    ...(faultsOf === undefined ? [`tool: there is no such tool. There are: ${names.join(", ")}.`] : []),
    ...(faultsOf?.(config.settings) ?? []).map((fault) => `settings.${fault}`),
    ...faultsOfInput(config),
  ];
  if (faults.length > 0) throw new AppError("bad_request", { publicMessage: faults.join("; ") });
}

/** Fields that are not given stay. */
function merged(before: NewAutomation, change: AutomationChange): NewAutomation {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return newAutomation.parse({ ...before, ...Object.fromEntries(given) });
}

function createReading({ db, organizations }: AutomationsParts): Pick<Automations, "list" | "get" | "runs"> {
  return {
    list: (orgId, { limit, cursor }) =>
      db.withOrg(orgId, async (tx) => {
        const after = cursor === undefined ? undefined : gt(automations.id, cursor);
        const rows = await tx
          .select()
          .from(automations)
          .where(after)
          .orderBy(asc(automations.id))
          .limit(limit + 1);
        const orgKey = await organizations.keyOf(tx, orgId);
        const items = rows.slice(0, limit).map((row) => show(row, openAutomation(orgKey, row)));
        return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
      }),
    get: (orgId, id) =>
      db.withOrg(orgId, async (tx) => {
        const row = await requireAutomation(tx, id);
        return show(row, openAutomation(await organizations.keyOf(tx, orgId), row));
      }),
    runs: (orgId, id, { limit, cursor }) =>
      db.withOrg(orgId, async (tx) => {
        const automation = await requireAutomation(tx, id);
        const before = cursor === undefined ? undefined : lt(automationRuns.id, cursor);
        const rows = await tx
          .select()
          .from(automationRuns)
          .where(and(eq(automationRuns.automationId, id), before))
          .orderBy(desc(automationRuns.id))
          .limit(limit + 1);
        const orgKey = await organizations.keyOf(tx, orgId);
        const items = rows
          .slice(0, limit)
          .map(({ id: runId, callId, state, sealedProblem, createdAt, finishedAt }) => ({
            ...{ id: runId, callId, state },
            problem: sealedProblem === null ? null : openProblem(orgKey, automation, { callId, sealedProblem }),
            createdAt: createdAt.toISOString(),
            finishedAt: finishedAt?.toISOString() ?? null,
          }));
        return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
      }),
  };
}

export function createAutomations(parts: AutomationsParts): Automations {
  const { db, organizations, clock, audit } = parts;
  const now = () => new Date(clock.wallNow());
  return {
    ...createReading(parts),
    async create({ orgId, actor }, wish) {
      await check(parts, orgId, wish);
      return await db.withOrg(orgId, async (tx) => {
        const there = await tx.select({ id: automations.id }).from(automations);
        if (there.length >= maxAutomations)
          throw new AppError("conflict", {
            publicMessage: `There are ${maxAutomations} automations. Remove one first.`,
          });
        const place = { id: newId("auto", clock.wallNow()), orgId };
        const sealed = sealAutomation(await organizations.keyOf(tx, orgId), place, wish);
        const row = { ...place, ...sealed, revision: 1, createdAt: now(), updatedAt: now() };
        await tx.insert(automations).values(row);
        await audit.append(tx, {
          orgId,
          actor,
          action: "automations.create",
          subject: row.id,
          facts: { tool: wish.tool },
        });
        return show(row, wish);
      });
    },
    async change({ orgId, actor, id }, change) {
      const { id: _id, createdAt: _created, updatedAt: _updated, ...before } = await this.get(orgId, id);
      await check(parts, orgId, merged(before, change));
      return await db.withOrg(orgId, async (tx) => {
        const row = await requireAutomation(tx, id);
        const orgKey = await organizations.keyOf(tx, orgId);
        const config = merged(openAutomation(orgKey, row), change);
        const columns = { ...sealAutomation(orgKey, row, config), revision: row.revision + 1, updatedAt: now() };
        await tx.update(automations).set(columns).where(eq(automations.id, id));
        const facts = { fields: Object.keys(change) };
        await audit.append(tx, { orgId, actor, action: "automations.change", subject: id, facts });
        return show({ ...row, ...columns }, config);
      });
    },
    remove: ({ orgId, actor, id }) =>
      db.withOrg(orgId, async (tx) => {
        await requireAutomation(tx, id);
        await tx.delete(automations).where(eq(automations.id, id));
        await audit.append(tx, { orgId, actor, action: "automations.delete", subject: id });
      }),
  };
}
