/** What the installation's administrator does and sees. Reads go through one SQL function that cannot return content. */
import type { AdministeredOrganization } from "@parley/contract/installation";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { NewOrganization, OrganizationLimits, Organizations, Standings } from "../organizations/index.ts";

type LimitChange = { readonly [K in keyof OrganizationLimits]?: OrganizationLimits[K] | undefined };

export interface OrganizationWish extends Omit<NewOrganization, "orgId"> {
  readonly ownerEmail: string;
  readonly limits?: LimitChange | undefined;
}

export interface InstallationParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly organizations: Organizations;
  readonly standings: Standings;
  readonly inviteOwner: (
    tx: OrgTx,
    about: { orgId: string; actor: Actor; wish: { email: string; language?: string | undefined } },
  ) => Promise<unknown>;
}

interface Asked {
  readonly orgId: string;
  /** The administrator. */
  readonly asker: Actor;
}

export interface Installation {
  list(page: {
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ items: AdministeredOrganization[]; nextCursor: string | null }>;
  /** This and the following throw AppError `not_found`. */
  get(orgId: string): Promise<AdministeredOrganization>;
  create(asked: { asker: Actor; wish: OrganizationWish }): Promise<AdministeredOrganization>;
  limit(asked: Asked & { change: LimitChange }): Promise<AdministeredOrganization>;
  setSuspended(asked: Asked & { suspended: boolean }): Promise<AdministeredOrganization>;
}

export function createInstallation(parts: InstallationParts): Installation {
  const { db, standings, audit } = parts;
  const get = async (orgId: string): Promise<AdministeredOrganization> => {
    const [row] = await ask(db, { onlyId: orgId, limit: 1 });
    if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such organisation." });
    return row;
  };
  /** The organisation's own audit log tells what was decided about it. */
  const decide = async (
    { orgId, asker }: Asked,
    { action, facts }: { action: string; facts?: Record<string, number | null> },
    work: (tx: OrgTx) => Promise<void>,
  ) => {
    await get(orgId);
    await db.withOrg(orgId, async (tx) => {
      await work(tx);
      const actor = administrator(asker);
      await audit.append(tx, { orgId, actor, action, subject: orgId, ...(facts ? { facts } : {}) });
    });
    standings.forget(orgId);
    return await get(orgId);
  };

  return {
    get,
    async list({ limit, cursor }) {
      const rows = await ask(db, { limit: limit + 1, ...(cursor === undefined ? {} : { afterId: cursor }) });
      const items = rows.slice(0, limit);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    create: async ({ asker, wish }) => await get(await createOrganization(parts, asker, wish)),
    async limit({ change, ...asked }) {
      const before = (await get(asked.orgId)).limits;
      const limits = mergeLimits(before, change);
      return await decide(asked, { action: "installation.limit-organization", facts: { ...limits } }, (tx) =>
        standings.limit(tx, asked.orgId, limits),
      );
    },
    async setSuspended({ suspended, ...asked }) {
      const since = suspended ? new Date(parts.clock.wallNow()) : null;
      const action = suspended ? "installation.suspend-organization" : "installation.resume-organization";
      return await decide(asked, { action }, (tx) => standings.suspend(tx, asked.orgId, since));
    },
  };
}

const administrator = (asker: Actor): Actor => ({ ...asker, kind: "installation-admin" });

async function createOrganization(parts: InstallationParts, asker: Actor, wish: OrganizationWish): Promise<string> {
  const { db, clock, organizations, standings, audit } = parts;
  const orgId = newId("org", clock.wallNow());
  const { ownerEmail, limits, ...organization } = wish;
  const actor = administrator(asker);
  await db.withOrg(orgId, async (tx) => {
    await organizations.add(tx, { ...organization, orgId });
    if (limits !== undefined) await standings.limit(tx, orgId, mergeLimits(unlimited, limits));
    await audit.append(tx, { orgId, actor, action: "installation.create-organization", subject: orgId });
    await parts.inviteOwner(tx, { orgId, actor, wish: { email: ownerEmail, language: wish.language } });
  });
  return orgId;
}

const unlimited: OrganizationLimits = { maxConcurrentCalls: null, maxMembers: null, maxCallsPerDay: null };

function mergeLimits(before: OrganizationLimits, change: LimitChange): OrganizationLimits {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...before, ...given };
}

const time = z.union([z.string(), z.date()]).transform((value) => new Date(value).toISOString());
const limit = z.number().int().nullable();

/** As the driver gives them: `bigint` is text. */
const figures = z.object({
  org_id: z.string(),
  name: z.string(),
  created_at: time,
  suspended_at: time.nullable(),
  max_concurrent_calls: limit,
  max_members: limit,
  max_calls_per_day: limit,
  members: z.coerce.number(),
  live_calls: z.coerce.number(),
  calls: z.coerce.number(),
  failed_calls: z.coerce.number(),
  call_minutes: z.number(),
  last_call_at: time.nullable(),
});

async function ask(db: OrgDb, page: { afterId?: string; onlyId?: string; limit: number }) {
  const values = [page.afterId ?? "", page.onlyId ?? "", page.limit];
  const rows = await db.askInstallation("installation_organizations", values);
  return rows.map((row) => toOrganization(figures.parse(row)));
}

function toOrganization(row: z.infer<typeof figures>): AdministeredOrganization {
  return {
    id: row.org_id,
    name: row.name,
    createdAt: row.created_at,
    suspendedAt: row.suspended_at,
    limits: {
      maxConcurrentCalls: row.max_concurrent_calls,
      maxMembers: row.max_members,
      maxCallsPerDay: row.max_calls_per_day,
    },
    members: row.members,
    liveCalls: row.live_calls,
    lastCallAt: row.last_call_at,
    lately: {
      calls: row.calls,
      failedCalls: row.failed_calls,
      callMinutes: Math.round(row.call_minutes * 100) / 100,
    },
  };
}
