/** Adds to an organisation's audit log, in the transaction of the deed itself: what is not recorded is not done. */
import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { type AuditFacts, auditEntries, auditHeads } from "./audit.table.ts";

export interface Deed {
  readonly orgId: string;
  readonly actor: Actor;
  /** `noun.verb`, the route's id where there is one. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly subject?: string;
  readonly facts?: AuditFacts;
}

export interface AuditLog {
  append(tx: OrgTx, deed: Deed): Promise<void>;
}

/** What stands before the first entry. */
export const chainStart = Buffer.alloc(32);

/** What an entry's hash covers: its own columns and the hash before it. JSON's keys are sorted, as jsonb keeps no order. */
export function hashOfEntry(entry: Omit<typeof auditEntries.$inferSelect, "hash">): Buffer {
  const { orgId, seq, at, actorKind, actorId, action, subject } = entry;
  const facts = Object.entries(entry.facts).sort(([left], [right]) => (left < right ? -1 : 1));
  const columns = JSON.stringify([orgId, seq, at.toISOString(), actorKind, actorId, action, subject, facts]);
  return createHash("sha256").update(entry.previousHash).update(columns).digest();
}

export interface AuditLogOptions {
  readonly clock: Clock;
  /** The deed of a request with an Idempotency-Key is in this transaction. */
  readonly commitClaim?: (tx: OrgTx, claim: { claimId: string; orgId: string }) => Promise<void>;
}

export function createAuditLog({ clock, commitClaim }: AuditLogOptions): AuditLog {
  return {
    async append(tx, { orgId, actor, action, subject, facts = {} }) {
      await tx.insert(auditHeads).values({ orgId, seq: 0, hash: chainStart }).onConflictDoNothing();
      const [head] = await tx.select().from(auditHeads).for("update");
      if (head === undefined) throw new Error("the audit chain has no end");
      const entry = {
        ...{ orgId, action, facts },
        seq: head.seq + 1,
        at: new Date(clock.wallNow()),
        actorKind: actor.kind,
        actorId: actor.id,
        subject: subject ?? null,
        previousHash: head.hash,
      };
      const hash = hashOfEntry(entry);
      await tx.insert(auditEntries).values({ ...entry, hash });
      const { claimId, claimOrgId = orgId } = actor;
      if (claimId !== undefined) await commitClaim?.(tx, { claimId, orgId: claimOrgId });
      await tx.update(auditHeads).set({ seq: entry.seq, hash: sql`${hash}` });
    },
  };
}
