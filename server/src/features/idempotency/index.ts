/**
 * `Idempotency-Key`: the same key of the same party asks for the same deed, which is done once. The deed's own transaction marks
 * the request as committed (through the audit log, which every write adds to), so that a crash between the deed and its answer
 * cannot do it twice.
 */
import { and, eq, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash, open, seal } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import { asOtherOrg, type OrgDb, type OrgTx } from "../../platform/db/org-db.ts";
import type { Idempotency, IdempotentRequest } from "../../platform/http/idempotency.ts";
import type { Organizations } from "../organizations/index.ts";
import { idempotentRequests } from "./idempotent-requests.table.ts";

export interface IdempotentRequests extends Idempotency {
  /** In the deed's transaction, which may be another organisation's. */
  commit(tx: OrgTx, claim: { claimId: string; orgId: string }): Promise<void>;
  /** Requests older than a day are forgotten. Returns how many. */
  forgetOld(tx: OrgTx): Promise<number>;
}

export interface IdempotencyOptions {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
}

/** Longer than any request takes. */
const leaseMs = 60_000;
const keptMs = 24 * 3_600_000;

type Row = typeof idempotentRequests.$inferSelect;
type Begun = Awaited<ReturnType<Idempotency["begin"]>>;

const sealingKeyOf = async (organizations: Organizations, tx: OrgTx, orgId: string) =>
  deriveSecret(await organizations.keyOf(tx, orgId), "idempotent answers");

async function claimRequest(
  { organizations, clock }: IdempotencyOptions,
  tx: OrgTx,
  request: IdempotentRequest,
): Promise<Begun> {
  const { orgId } = request;
  const orgKey = await organizations.keyOf(tx, orgId);
  const hashKey = deriveSecret(orgKey, "idempotency keys");
  const keyHash = keyedHash(hashKey, `${request.partyId}\0${request.key}`);
  // Keyed: a body is often a name and a number, and those are few enough to be tried out.
  const requestHash = keyedHash(deriveSecret(orgKey, "idempotent requests"), request.fingerprint);
  const id = newId("idem", clock.wallNow());
  const times = { leaseUntil: new Date(clock.wallNow() + leaseMs), createdAt: new Date(clock.wallNow()) };
  const made = await tx
    .insert(idempotentRequests)
    .values({ id, orgId, keyHash, requestHash, state: "running", ...times })
    .onConflictDoNothing()
    .returning({ id: idempotentRequests.id });
  if (made.length > 0) return { kind: "claim", claimId: id };
  const [row] = await tx.select().from(idempotentRequests).where(eq(idempotentRequests.keyHash, keyHash)).for("update");
  if (row === undefined) throw stillRunning();
  if (!row.requestHash.equals(requestHash)) {
    throw new AppError("idempotency_mismatch", {
      publicMessage: "This Idempotency-Key came with another request before. Use a new key for a new request.",
    });
  }
  return await judgeEarlier({ organizations, clock }, tx, row);
}

async function judgeEarlier(
  { organizations, clock }: Omit<IdempotencyOptions, "db">,
  tx: OrgTx,
  row: Row,
): Promise<Begun> {
  if (row.state === "answered") {
    const place = { orgId: row.orgId, owner: row.id, seq: "answer" };
    const body = row.sealedAnswer && open(await sealingKeyOf(organizations, tx, row.orgId), place, row.sealedAnswer);
    return { kind: "answer", status: row.status ?? 200, body };
  }
  if (row.leaseUntil.getTime() > clock.wallNow()) throw stillRunning();
  if (row.state === "committed") {
    throw new AppError("conflict", {
      publicMessage: "This request was done, but its answer was lost when the server stopped. Look at what it made.",
    });
  }
  // Whoever ran it is gone, and nothing of it is in the database.
  await tx
    .update(idempotentRequests)
    .set({ leaseUntil: new Date(clock.wallNow() + leaseMs) })
    .where(eq(idempotentRequests.id, row.id));
  return { kind: "claim", claimId: row.id };
}

export function createIdempotentRequests(options: IdempotencyOptions): IdempotentRequests {
  const { db, organizations, clock } = options;
  return {
    begin: async (request) => await db.withOrg(request.orgId, (tx) => claimRequest(options, tx, request)),
    async commit(tx, { claimId, orgId }) {
      await asOtherOrg(tx, orgId, async () => {
        await tx.update(idempotentRequests).set({ state: "committed" }).where(eq(idempotentRequests.id, claimId));
      });
    },
    async answer({ orgId, claimId, status, body }) {
      await db.withOrg(orgId, async (tx) => {
        const place = { orgId, owner: claimId, seq: "answer" };
        const sealedAnswer =
          body === undefined ? null : seal(await sealingKeyOf(organizations, tx, orgId), place, body);
        await tx
          .update(idempotentRequests)
          .set({ state: "answered", status, sealedAnswer })
          .where(eq(idempotentRequests.id, claimId));
      });
    },
    async release({ orgId, claimId }) {
      await db.withOrg(orgId, (tx) =>
        tx
          .delete(idempotentRequests)
          .where(and(eq(idempotentRequests.id, claimId), eq(idempotentRequests.state, "running"))),
      );
    },
    async forgetOld(tx) {
      const before = new Date(clock.wallNow() - keptMs);
      const gone = await tx
        .delete(idempotentRequests)
        .where(lt(idempotentRequests.createdAt, before))
        .returning({ id: idempotentRequests.id });
      return gone.length;
    },
  };
}

const stillRunning = () =>
  new AppError("conflict", {
    publicMessage: "A request with this Idempotency-Key is being done right now. Ask again in a moment.",
  });
