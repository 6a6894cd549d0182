/** After a restore of an older backup: what it brought back is erased again. Looked at when the worker starts, and every night. */
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readTraces } from "./erase-contact.ts";
import type { Erasure } from "./erasure-log.ts";
import { erasures } from "./privacy.tables.ts";
import { enterJob } from "./privacy-jobs.ts";
import { type PrivacyParts, systemActor } from "./privacy-parts.ts";

export interface EraseAgain {
  organization(orgId: string): Promise<void>;
  user(userId: string): Promise<boolean>;
}

/** Returns how many things had come back. */
export async function reapplyErasures(parts: PrivacyParts, again: EraseAgain): Promise<number> {
  const noted = await parts.erasureLog.all();
  if (noted.length === 0) return 0;
  const alive = new Set(await parts.db.askForIds("organizations_to_tend"));
  let count = 0;
  for (const one of noted) if (await reapply(parts, again, { one, alive })) count++;
  if (count > 0) parts.log("warn", "erased things were back, and are erased again", { count });
  return count;
}

async function reapply(
  parts: PrivacyParts,
  again: EraseAgain,
  { one, alive }: { one: Erasure; alive: ReadonlySet<string> },
): Promise<boolean> {
  if (one.kind === "user") return await again.user(one.subject);
  if (!alive.has(one.orgId)) return false;
  if (one.kind === "organization") {
    await again.organization(one.orgId);
    return true;
  }
  return await reapplyContact(parts, { orgId: one.orgId, contactId: one.subject });
}

/** A line that the database has, is done or being done: it came back only with a database that lacks it. */
async function reapplyContact(parts: PrivacyParts, of: { orgId: string; contactId: string }): Promise<boolean> {
  const { orgId, contactId } = of;
  if (await parts.db.withOrg(orgId, (tx) => isNoted(tx, contactId))) return false;
  const options = await readTraces(parts, of).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  });
  await parts.db.withOrg(orgId, async (tx) => {
    await noteErasure(tx, { orgId, contactId, at: new Date(parts.clock.wallNow()) });
    if (options !== undefined) {
      await enterJob(tx, parts, { orgId, actor: systemActor, kind: "erasure", subject: contactId, options });
    }
  });
  return options !== undefined;
}

async function isNoted(tx: OrgTx, contactId: string): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`select 1 from erasures where kind = 'contact' and subject = ${contactId}`);
  return (rowCount ?? 0) > 0;
}

export async function noteErasure(
  tx: OrgTx,
  { orgId, contactId, at }: { orgId: string; contactId: string; at: Date },
): Promise<void> {
  await tx.insert(erasures).values({ orgId, kind: "contact", subject: contactId, erasedAt: at }).onConflictDoNothing();
}
