/** Deeds in our own database: in one transaction with the note that they were done. */
import { and, eq, inArray, ne } from "drizzle-orm";
import type { ToolOutcome } from "../../call/ports.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { ok } from "./outcomes.ts";
import type { Tool, ToolDeed, ToolWork } from "./tool.ts";
import { toolResults } from "./tool-results.table.ts";

type DatabaseDeed = Extract<ToolDeed<unknown, unknown>, { where: "database" }>;
type Work = ToolWork<unknown, unknown>;

export interface DatabaseParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
}

interface Deed {
  readonly tool: Tool;
  readonly deed: DatabaseDeed;
  readonly work: Work;
}

/** Rolls the transaction back: nothing was done, so nothing is remembered, and the same key may try again. */
class NothingDone extends Error {
  readonly outcome: ToolOutcome;

  constructor(outcome: ToolOutcome) {
    super("nothing was done");
    this.outcome = outcome;
  }
}

export async function runInDatabase(parts: DatabaseParts, given: Deed): Promise<ToolOutcome> {
  const { tool, deed } = given;
  const prepared = await deed.prepare?.(given.work);
  const work = prepared === undefined ? given.work : { ...given.work, prepared };
  if (tool.effect === "read") return await parts.db.withOrg(work.orgId, (tx) => deed.run(tx, work));
  return await once(parts, { tool, deed, work });
}

async function once(parts: DatabaseParts, deed: Deed): Promise<ToolOutcome> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await parts.db.withOrg(deed.work.orgId, (tx) => claimAndDo(tx, parts, deed));
    } catch (error) {
      if (error instanceof NothingDone) return error.outcome;
      // A deadlock or a lost connection: the key answers whether the first attempt was done after all.
      if (!(error instanceof DbError && error.isUnavailable) || attempt >= 1) throw error;
    }
  }
}

/** The key's row comes first: a second one with the same key waits here for the first to end, then reads its result. */
async function claimAndDo(
  tx: OrgTx,
  { organizations }: DatabaseParts,
  { tool, deed, work }: Deed,
): Promise<ToolOutcome> {
  const { orgId } = work;
  // Tries have no call; a row needs one.
  const callId = work.callId ?? "";
  const orgKey = await organizations.keyOf(tx, orgId);
  const idempotencyHash = keyedHash(deriveSecret(orgKey, "idempotency"), work.idempotencyKey);
  const isSame = and(eq(toolResults.orgId, orgId), eq(toolResults.idempotencyHash, idempotencyHash));
  const subject = await deed.subjectOf?.(tx, work);
  const claimed = await tx
    .insert(toolResults)
    .values({ orgId, callId, idempotencyHash, tool: tool.name, subject: subject ?? null })
    .onConflictDoNothing()
    .returning({ tool: toolResults.tool });
  if (claimed.length === 0) {
    const [first] = await tx.select({ output: toolResults.output }).from(toolResults).where(isSame);
    return ok(first?.output ?? {});
  }
  const outcome = await deed.run(tx, work);
  if (outcome.status !== "ok") throw new NothingDone(outcome);
  await tx.update(toolResults).set({ output: outcome.output }).where(isSame);
  const { undoes = [] } = tool;
  if (subject !== undefined && undoes.length > 0) {
    await tx
      .delete(toolResults)
      .where(
        and(
          eq(toolResults.callId, callId),
          eq(toolResults.subject, subject),
          inArray(toolResults.tool, [...undoes]),
          ne(toolResults.idempotencyHash, idempotencyHash),
        ),
      );
  }
  return outcome;
}
