/** What the installation's administrator decided about an organisation. Asked with each request, so it is remembered briefly. */
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { organizationStandings } from "./organizations.table.ts";

/** A limit that is null does not bind. */
export interface OrganizationLimits {
  readonly maxConcurrentCalls: number | null;
  readonly maxMembers: number | null;
  readonly maxCallsPerDay: number | null;
}

export interface Standing extends OrganizationLimits {
  readonly suspendedAt: Date | null;
}

export interface Standings {
  /** At most `rememberedMs` old. */
  of(orgId: string): Promise<Standing>;
  /** As it is now, in the transaction. */
  read(tx: OrgTx): Promise<Standing>;
  isSuspended(orgId: string): Promise<boolean>;
  /** By the installation's administrator, in a transaction of that organisation. */
  suspend(tx: OrgTx, orgId: string, since: Date | null): Promise<void>;
  limit(tx: OrgTx, orgId: string, limits: OrganizationLimits): Promise<void>;
  /** After a change was committed here. */
  forget(orgId: string): void;
}

const rememberedMs = 2000;
const rememberedOrganizations = 10_000;
const unbound: Standing = { suspendedAt: null, maxConcurrentCalls: null, maxMembers: null, maxCallsPerDay: null };

export function createStandings({ db, clock }: { db: OrgDb; clock: Clock }): Standings {
  const remembered = new Map<string, { standing: Promise<Standing>; untilMs: number }>();

  const read = async (tx: OrgTx): Promise<Standing> => {
    const [row] = await tx.select().from(organizationStandings);
    return row ?? unbound;
  };
  const of = (orgId: string): Promise<Standing> => {
    const known = remembered.get(orgId);
    if (known !== undefined && known.untilMs > clock.now()) return known.standing;
    const standing = db.withOrg(orgId, read);
    if (remembered.size >= rememberedOrganizations) remembered.clear();
    remembered.set(orgId, { standing, untilMs: clock.now() + rememberedMs });
    // A failure is not an answer: the next one asks again.
    standing.catch(() => remembered.delete(orgId));
    return standing;
  };

  return {
    of,
    read,
    isSuspended: async (orgId) => (await of(orgId)).suspendedAt !== null,
    async suspend(tx, orgId, since) {
      await tx.execute(sql`select installation_suspend(${orgId}, ${since?.toISOString() ?? null})`);
    },
    async limit(tx, orgId, { maxConcurrentCalls, maxMembers, maxCallsPerDay }) {
      await tx.execute(
        sql`select installation_limit(${orgId}, ${maxConcurrentCalls}, ${maxMembers}, ${maxCallsPerDay})`,
      );
    },
    forget: (orgId) => void remembered.delete(orgId),
  };
}
