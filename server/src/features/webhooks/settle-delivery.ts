import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { memberships } from "../organizations/index.ts";
import type { Claim } from "./claim-delivery.ts";
import type { DelivererParts } from "./deliverer-parts.ts";
import type { PostOutcome } from "./post-event.ts";
import { openEndpoint } from "./sealed-endpoint.ts";
import { tellSwitchedOff } from "./tell-switched-off.job.ts";
import {
  type DeliveryRow,
  type EndpointRow,
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
} from "./webhooks.table.ts";

const giveUpAfterMs = 24 * 3_600_000;
const disableAfterMs = 3 * 24 * 3_600_000;

interface Settlement {
  readonly claim: Claim;
  readonly outcome: PostOutcome;
  readonly durationMs: number;
}

/** 5 s, 10 s, 20 s … at most 2 h, each shortened by up to a fifth. */
function retryDelayMs(attempt: number, random: () => number): number {
  return Math.min(2 * 3_600_000, 5000 * 2 ** (attempt - 1)) * (1 - 0.2 * random());
}

/** The attempt is written down always; what follows from it only by the one that still holds its claim. */
export async function settleDelivery(parts: DelivererParts, { claim, outcome, durationMs }: Settlement): Promise<void> {
  const { delivery, endpoint, orgKey } = claim;
  const now = new Date(parts.clock.wallNow());
  const { sealResponse } = openEndpoint(orgKey, endpoint);
  const { statusCode, failure, response } = outcome;
  const sealedResponse = response === null || response === "" ? null : sealResponse(delivery.id, response);
  const last = { statusCode, failure, durationMs, sealedResponse };
  await parts.db.withOrg(delivery.orgId, async (tx) => {
    // Before the delivery's row, in the order in which one that removes the endpoint goes.
    if (!outcome.ok || endpoint.failingSince !== null) await lockEndpoint(tx, endpoint.id);
    await tx
      .update(webhookAttempts)
      .set({ ...last, endedAt: now })
      .where(and(eq(webhookAttempts.deliveryId, delivery.id), eq(webhookAttempts.attempt, delivery.attempts)));
    const next = nextState(parts, { delivery, isDelivered: outcome.ok, now });
    const settled = await tx
      .update(webhookDeliveries)
      .set({ ...last, ...next, claimedBy: null, claimedUntil: null })
      .where(
        and(
          eq(webhookDeliveries.id, delivery.id),
          eq(webhookDeliveries.status, "pending"),
          eq(webhookDeliveries.attempts, delivery.attempts),
          eq(webhookDeliveries.claimedBy, parts.processId),
        ),
      )
      .returning({ id: webhookDeliveries.id });
    if (settled.length === 0) return;
    if ("nextAttemptAt" in next) await holdFollowers(tx, delivery, next.nextAttemptAt);
    await noteHealth(tx, { parts, endpoint, isDelivered: outcome.ok, now });
  });
}

async function lockEndpoint(tx: OrgTx, id: string): Promise<void> {
  await tx
    .select({ id: webhookEndpoints.id })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.id, id))
    .for("no key update");
}

function nextState(
  { random }: DelivererParts,
  { delivery, isDelivered, now }: { delivery: DeliveryRow; isDelivered: boolean; now: Date },
) {
  if (isDelivered) return { status: "delivered" as const, finishedAt: now };
  const startedMs = delivery.firstAttemptAt?.getTime() ?? now.getTime();
  if (now.getTime() - startedMs >= giveUpAfterMs) return { status: "dead" as const, finishedAt: now };
  return { nextAttemptAt: new Date(now.getTime() + retryDelayMs(delivery.attempts, random)) };
}

/** Those behind it wait as long: they are not looked at before it may go. */
async function holdFollowers(tx: OrgTx, { endpointId, orderKey, seq }: DeliveryRow, until: Date): Promise<void> {
  await tx
    .update(webhookDeliveries)
    .set({ nextAttemptAt: until })
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        eq(webhookDeliveries.orderKey, orderKey),
        eq(webhookDeliveries.status, "pending"),
        gt(webhookDeliveries.seq, seq),
        lt(webhookDeliveries.nextAttemptAt, until),
      ),
    );
}

interface Health {
  readonly parts: DelivererParts;
  readonly endpoint: EndpointRow;
  readonly isDelivered: boolean;
  readonly now: Date;
}

/** An endpoint that has taken nothing for three days is switched off: its owners are told, and what waits is kept. */
async function noteHealth(tx: OrgTx, { parts, endpoint, isDelivered, now }: Health): Promise<void> {
  const ofThis = eq(webhookEndpoints.id, endpoint.id);
  if (isDelivered) {
    if (endpoint.failingSince !== null) await tx.update(webhookEndpoints).set({ failingSince: null }).where(ofThis);
    return;
  }
  // Attempts of one endpoint end beside each other: the earliest failure counts, and one of them switches off.
  const [noted] = await tx
    .update(webhookEndpoints)
    .set({ failingSince: sql`coalesce(${webhookEndpoints.failingSince}, ${now.toISOString()}::timestamptz)` })
    .where(and(ofThis, eq(webhookEndpoints.enabled, true)))
    .returning({ since: webhookEndpoints.failingSince });
  if (!noted?.since || now.getTime() - noted.since.getTime() < disableAfterMs) return;
  await tx.update(webhookEndpoints).set({ enabled: false, disabledReason: "failing" }).where(ofThis);
  await tellOfSwitchOff(tx, parts, endpoint);
}

async function tellOfSwitchOff(tx: OrgTx, { audit, jobs, log }: DelivererParts, endpoint: EndpointRow): Promise<void> {
  const { id, orgId } = endpoint;
  await audit.append(tx, {
    ...{ orgId, actor: { kind: "system", id: "webhooks" }, action: "webhooks.disable", subject: id },
    facts: { reason: "failing" },
  });
  const owners = await tx.select({ userId: memberships.userId }).from(memberships).where(eq(memberships.role, "owner"));
  for (const { userId } of owners) await jobs.send(tx, tellSwitchedOff, { orgId, endpointId: id, userId });
  log("warn", "a webhook endpoint was switched off: it has taken nothing for three days", { orgId, endpoint: id });
}
