/** The notes of deeds outside. What was wished is sealed, so that it can be looked for later; nothing of it can be read here. */
import { and, eq, inArray, sql } from "drizzle-orm";
import type { ToolOutcome } from "../../call/ports.ts";
import { deriveSecret, keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { notCertain, ok } from "./outcomes.ts";
import type { ToolWork } from "./tool.ts";
import { type ToolDeedRow, toolDeeds } from "./tool-deeds.table.ts";

/** All of a work but what belongs to its run. */
export type NotedWork = Omit<ToolWork<unknown, unknown>, "signal" | "prepared">;

export interface Claim {
  readonly deedId: string;
  /** Only this run of it settles it. */
  readonly run: number;
}

export type Claimed =
  | { readonly mayRun: true; readonly claim: Claim }
  /** Somebody did it, or began it: this is what is known. */
  | { readonly mayRun: false; readonly outcome: ToolOutcome };

interface NoteParts {
  readonly organizations: Organizations;
  readonly nowMs: number;
}

const place = (row: { orgId: string; id: string }, column: string) => ({
  orgId: row.orgId,
  owner: row.id,
  seq: column,
});

/** A deed that was certainly not done may begin again under the same key; any other may not. */
export async function claimDeed(
  tx: OrgTx,
  parts: NoteParts,
  { tool, work }: { tool: string; work: NotedWork },
): Promise<Claimed> {
  const { orgId, callId, idempotencyKey } = work;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const idempotencyHash = keyedHash(deriveSecret(orgKey, "idempotency"), idempotencyKey);
  const id = newId("deed", parts.nowMs);
  const key = newKey();
  const note = { id, orgId, idempotencyHash, tool, callId: callId ?? null, createdAt: new Date(parts.nowMs) };
  const sealedWork = seal(key, place(note, "work"), work);
  const inserted = await tx
    .insert(toolDeeds)
    .values({ ...note, state: "started", keyWrap: wrapKey(orgKey, key, id), sealedWork })
    .onConflictDoNothing()
    .returning({ id: toolDeeds.id });
  if (inserted.length > 0) return { mayRun: true, claim: { deedId: id, run: 1 } };
  const isSame = and(eq(toolDeeds.orgId, orgId), eq(toolDeeds.idempotencyHash, idempotencyHash));
  const [row] = await tx.select().from(toolDeeds).where(isSame).for("update");
  // Erased in between.
  if (row === undefined) return { mayRun: false, outcome: notCertain };
  if (row.state === "done") return { mayRun: false, outcome: ok(outputOf(orgKey, row)) };
  if (row.state !== "failed" && row.state !== "lost") return { mayRun: false, outcome: notCertain };
  const run = row.run + 1;
  await tx
    .update(toolDeeds)
    .set({ state: "started", run, settledAt: null, toldAt: null })
    .where(eq(toolDeeds.id, row.id));
  return { mayRun: true, claim: { deedId: row.id, run } };
}

const keyOf = (orgKey: Buffer, row: ToolDeedRow) => unwrapKey(orgKey, row.keyWrap, row.id);

const outputOf = (orgKey: Buffer, row: ToolDeedRow): unknown =>
  row.sealedOutput === null ? {} : open(keyOf(orgKey, row), place(row, "output"), row.sealedOutput);

export const workOf = (orgKey: Buffer, row: ToolDeedRow): NotedWork =>
  open(keyOf(orgKey, row), place(row, "work"), row.sealedWork) as NotedWork;

export async function findDeed(tx: OrgTx, deedId: string): Promise<ToolDeedRow | undefined> {
  const [row] = await tx.select().from(toolDeeds).where(eq(toolDeeds.id, deedId));
  return row;
}

export type Settled = ToolOutcome | { readonly status: "lost" };

const stateOf = { ok: "done", failed: "failed", uncertain: "uncertain", lost: "lost" } as const;

/** False when it was settled already, or another run of it has begun. One that nobody called for is forgotten with its end. */
export async function settleDeed(
  tx: OrgTx,
  { organizations, nowMs }: NoteParts,
  { claim, orgId, outcome }: { claim: Claim; orgId: string; outcome: Settled },
): Promise<boolean> {
  const isMine = and(
    eq(toolDeeds.id, claim.deedId),
    eq(toolDeeds.run, claim.run),
    inArray(toolDeeds.state, ["started", "uncertain"]),
  );
  const [row] = await tx.select().from(toolDeeds).where(isMine).for("update");
  if (row === undefined) return false;
  if (row.callId === null && outcome.status !== "uncertain") {
    await tx.delete(toolDeeds).where(eq(toolDeeds.id, row.id));
    return true;
  }
  const output =
    outcome.status === "ok"
      ? {
          sealedOutput: seal(
            keyOf(await organizations.keyOf(tx, orgId), row),
            place(row, "output"),
            outcome.output ?? {},
          ),
        }
      : {};
  const settledAt = outcome.status === "uncertain" ? null : new Date(nowMs);
  await tx
    .update(toolDeeds)
    .set({ state: stateOf[outcome.status], settledAt, ...output })
    .where(eq(toolDeeds.id, row.id));
  return true;
}

/** False when the owner knows already. */
export async function noteTold(tx: OrgTx, { deedId, run }: Claim, nowMs: number): Promise<boolean> {
  const told = await tx
    .update(toolDeeds)
    .set({ toldAt: new Date(nowMs) })
    .where(and(eq(toolDeeds.id, deedId), eq(toolDeeds.run, run), sql`${toolDeeds.toldAt} is null`))
    .returning({ id: toolDeeds.id });
  return told.length > 0;
}
