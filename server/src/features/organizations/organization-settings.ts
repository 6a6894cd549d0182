/** An organisation as its members see and change it. */
import { type OrganizationPolicies, organizationPolicies } from "@parley/contract/organization-policies";
import type { Organization } from "@parley/contract/organizations";
import type { Role } from "@parley/contract/permission";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { destroyKey, eraseRows } from "./erase-organization.ts";
import { memberships } from "./memberships.table.ts";
import type { NewOrganization, Organizations } from "./organizations.store.ts";
import { organizations } from "./organizations.table.ts";
import type { Standings } from "./standings.ts";

type Changeable = Pick<Organization, "name" | "language" | "timeZone" | "country"> & {
  readonly policies: { readonly [K in keyof OrganizationPolicies]?: OrganizationPolicies[K] | undefined };
};
export type OrganizationChange = { readonly [K in keyof Changeable]?: Changeable[K] | undefined };

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface OrganizationSettings {
  listOf(userId: string): Promise<{ id: string; name: string; role: Role; suspended: boolean }[]>;
  create(asked: { actor: Actor; userId: string; wanted: Omit<NewOrganization, "orgId"> }): Promise<Organization>;
  get(orgId: string): Promise<Organization>;
  policiesOf(orgId: string): Promise<OrganizationPolicies>;
  update(asked: Asked & { change: OrganizationChange }): Promise<Organization>;
  /** Throws AppError `bad_request` when `confirm` is not the organisation's name. */
  erase(asked: Asked & { confirm: string }): Promise<void>;
}

export interface SettingsParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly standings: Standings;
  readonly audit: AuditLog;
  /** Its key is gone, its rows are still there: what they name outside the database is removed, and the deed noted there. */
  readonly onErased?: (orgId: string) => Promise<void>;
}

export function createOrganizationSettings(parts: SettingsParts): OrganizationSettings {
  const { db, clock, standings, audit } = parts;

  const read = async (tx: OrgTx): Promise<Organization> => {
    const [row] = await tx.select().from(organizations);
    if (row === undefined || row.keyWrap.length === 0) {
      throw new AppError("not_found", { publicMessage: "There is no such organisation." });
    }
    const { maxConcurrentCalls, maxMembers, maxCallsPerDay } = await standings.read(tx);
    return {
      ...{ id: row.orgId, name: row.name, language: row.language, timeZone: row.timeZone, country: row.country },
      policies: organizationPolicies.parse(row.policies),
      limits: { maxConcurrentCalls, maxMembers, maxCallsPerDay },
      createdAt: row.createdAt.toISOString(),
    };
  };

  return {
    listOf: (userId) => listOf(parts, userId),
    async create({ actor, userId, wanted }) {
      const orgId = newId("org", clock.wallNow());
      return await db.withUserInOrg({ userId, orgId }, async (tx) => {
        await parts.organizations.create(tx, { ...wanted, orgId, ownerId: userId });
        await audit.append(tx, { orgId, actor, action: "organizations.create", subject: orgId });
        return await read(tx);
      });
    },
    get: (orgId) => db.withOrg(orgId, read),
    async policiesOf(orgId) {
      const [row] = await db.withOrg(orgId, (tx) =>
        tx.select({ policies: organizations.policies }).from(organizations),
      );
      return organizationPolicies.parse(row?.policies ?? {});
    },
    async update({ orgId, actor, change }) {
      return await db.withOrg(orgId, async (tx) => {
        await applyChange(tx, change);
        const facts = { fields: Object.keys(change) };
        await audit.append(tx, { orgId, actor, action: "organizations.update", subject: orgId, facts });
        return await read(tx);
      });
    },
    async erase({ orgId, actor, confirm }) {
      await db.withOrg(orgId, async (tx) => {
        const { name } = await read(tx);
        if (confirm !== name) {
          throw new AppError("bad_request", {
            publicMessage: "confirm must be the organisation's name, letter by letter.",
          });
        }
        await audit.append(tx, { orgId, actor, action: "organizations.delete", subject: orgId });
        await destroyKey(tx);
      });
      parts.organizations.forgetKey(orgId);
      standings.forget(orgId);
      await parts.onErased?.(orgId);
      await eraseRows(db, orgId);
    },
  };
}

/** Each organisation is asked in a transaction of its own: a person's sees no more than names. */
async function listOf({ db, standings }: SettingsParts, userId: string) {
  const mine = await db.withUser(userId, (tx) =>
    tx
      .select({ id: organizations.orgId, name: organizations.name, role: memberships.role })
      .from(memberships)
      .innerJoin(organizations, eq(organizations.orgId, memberships.orgId)),
  );
  const items = await Promise.all(
    mine.map(async (one) => ({ ...one, suspended: await standings.isSuspended(one.id) })),
  );
  return items.toSorted((left, right) => left.name.localeCompare(right.name) || (left.id < right.id ? -1 : 1));
}

/** The row is locked first: two changes of policies at once lose neither. */
async function applyChange(tx: OrgTx, { policies, ...change }: OrganizationChange): Promise<void> {
  const [row] = await tx.select({ policies: organizations.policies }).from(organizations).for("update");
  const given = Object.entries({ ...change, ...(policies && { policies: { ...row?.policies, ...policies } }) });
  const columns = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  if (Object.keys(columns).length > 0) await tx.update(organizations).set(columns);
}
