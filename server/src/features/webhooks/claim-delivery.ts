import { and, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { DelivererParts } from "./deliverer-parts.ts";
import {
  type DeliveryRow,
  type EndpointRow,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
} from "./webhooks.table.ts";

export interface Claim {
  /** As it stands with this attempt counted. */
  readonly delivery: DeliveryRow;
  readonly endpoint: EndpointRow;
  readonly orgKey: Buffer;
}

/** Longer than an attempt takes: the call is read, the post has 10 seconds, the outcome is written. */
const claimMs = 30_000;

function splitId(id: string) {
  const [orgId = "", deliveryId = ""] = id.split("/");
  return { orgId, deliveryId };
}

/** Of an id that `webhook_deliveries_due` gave. Undefined when another took it first. */
export async function claimDelivery(parts: DelivererParts, id: string): Promise<Claim | undefined> {
  const { db, clock, organizations, processId } = parts;
  const { orgId, deliveryId } = splitId(id);
  const now = new Date(clock.wallNow());
  const { status, claimedUntil, attempts, firstAttemptAt } = webhookDeliveries;
  return await db.withOrg(orgId, async (tx) => {
    const [delivery] = await tx
      .update(webhookDeliveries)
      .set({
        claimedBy: processId,
        claimedUntil: new Date(now.getTime() + claimMs),
        attempts: sql`${attempts} + 1`,
        firstAttemptAt: sql`coalesce(${firstAttemptAt}, ${now.toISOString()}::timestamptz)`,
      })
      .where(
        and(
          eq(webhookDeliveries.id, deliveryId),
          eq(status, "pending"),
          or(isNull(claimedUntil), lte(claimedUntil, now)),
        ),
      )
      .returning();
    if (delivery === undefined) return undefined;
    await tx.insert(webhookAttempts).values({ orgId, deliveryId, attempt: delivery.attempts, startedAt: now });
    const [endpoint] = await tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, delivery.endpointId));
    return endpoint && { delivery, endpoint, orgKey: await organizations.keyOf(tx, orgId) };
  });
}

export async function releaseClaims(db: OrgDb, processId: string): Promise<void> {
  for (const id of await db.askForIds("webhook_deliveries_claimed_by", [processId])) {
    const { orgId, deliveryId } = splitId(id);
    await db.withOrg(orgId, async (tx) => {
      await tx
        .update(webhookDeliveries)
        .set({ claimedBy: null, claimedUntil: null })
        .where(and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.claimedBy, processId)));
    });
  }
}
