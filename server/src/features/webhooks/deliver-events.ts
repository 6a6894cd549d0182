/**
 * The worker's side. An outbox with claims: whoever takes a delivery holds it for a time that outlasts the attempt, and one that
 * is killed leaves nothing but a claim that ends. A delivery is taken only when none before it, of its endpoint and call, waits.
 */
import { and, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type AddressRules, type PostOutcome, postEvent } from "./post-event.ts";
import { openEndpoint } from "./sealed-endpoint.ts";
import { type DeliveryRow, type EndpointRow, webhookDeliveries, webhookEndpoints } from "./webhooks.table.ts";

export interface DelivererParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly audit: AuditLog;
  readonly rules: AddressRules;
  readonly processId: string;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  /** What the organisation may see of the call now; undefined when it is gone. */
  readonly callOf: (call: { orgId: string; callId: string }) => Promise<object | undefined>;
}

export interface Deliverer {
  /** What a dead process of this machine had taken is free at once. */
  release(processId: string): Promise<void>;
  /** Until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Delivers what is due now; returns how many were tried. */
  deliverDue(signal: AbortSignal): Promise<number>;
}

const claimMs = 30_000;
const atOnce = 16;
const lookEveryMs = 500;
const giveUpAfterMs = 24 * 3_600_000;
const disableAfterMs = 3 * 24 * 3_600_000;

/** 5 s, 10 s, 20 s … at most 2 h, each shortened by up to a fifth. */
export function retryDelayMs(attempt: number, random: () => number): number {
  return Math.min(2 * 3_600_000, 5000 * 2 ** (attempt - 1)) * (1 - 0.2 * random());
}

interface Claim {
  readonly delivery: DeliveryRow;
  readonly endpoint: EndpointRow;
  readonly orgKey: Buffer;
}

export function createDeliverer(parts: DelivererParts): Deliverer {
  const { db, clock, log } = parts;
  const deliverDue = async (signal: AbortSignal): Promise<number> => {
    const due = await db.askForIds("webhook_deliveries_due", [new Date(clock.wallNow()), atOnce]);
    const tried = await Promise.all(due.map((id) => deliverOne(parts, splitId(id), signal)));
    return tried.filter(Boolean).length;
  };
  return {
    deliverDue,
    async release(processId) {
      for (const id of await db.askForIds("webhook_deliveries_claimed_by", [processId])) {
        const { orgId, deliveryId } = splitId(id);
        await db.withOrg(orgId, async (tx) => {
          await tx
            .update(webhookDeliveries)
            .set({ claimedBy: null, claimedUntil: null })
            .where(and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.claimedBy, processId)));
        });
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        const tried = await deliverDue(signal).catch((error: unknown) => {
          log("error", "webhooks could not be delivered", { kind: error instanceof Error ? error.message : "unknown" });
          return 0;
        });
        if (tried === 0) await sleep(clock, lookEveryMs, signal);
      }
    },
  };
}

function splitId(id: string) {
  const [orgId = "", deliveryId = ""] = id.split("/");
  return { orgId, deliveryId };
}

/** False when another took it first. */
async function deliverOne(
  parts: DelivererParts,
  { orgId, deliveryId }: { orgId: string; deliveryId: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { db, clock, rules } = parts;
  const claim = await db.withOrg(orgId, (tx) => claimDelivery(tx, { parts, orgId, deliveryId }));
  if (claim === undefined) return false;
  const { delivery, endpoint, orgKey } = claim;
  const opened = openEndpoint(orgKey, endpoint);
  const body = await composeBody(parts, delivery);
  const startedMs = clock.now();
  const now = new Date(clock.wallNow());
  const secrets = opened.secretsAt(now);
  const atSeconds = Math.floor(now.getTime() / 1000);
  const outcome = await postEvent({ url: opened.url, body, secrets, atSeconds, signal }, rules);
  if (signal.aborted && !outcome.ok) return true;
  const durationMs = Math.round(clock.now() - startedMs);
  await db.withOrg(orgId, (tx) => settle(tx, { parts, claim, outcome, durationMs }));
  return true;
}

async function claimDelivery(
  tx: OrgTx,
  { parts, orgId, deliveryId }: { parts: DelivererParts; orgId: string; deliveryId: string },
): Promise<Claim | undefined> {
  const now = new Date(parts.clock.wallNow());
  const { id, status, claimedUntil, attempts } = webhookDeliveries;
  const [delivery] = await tx
    .update(webhookDeliveries)
    .set({
      claimedBy: parts.processId,
      claimedUntil: new Date(now.getTime() + claimMs),
      attempts: sql`${attempts} + 1`,
      firstAttemptAt: sql`coalesce(${webhookDeliveries.firstAttemptAt}, ${now.toISOString()}::timestamptz)`,
    })
    .where(and(eq(id, deliveryId), eq(status, "pending"), or(isNull(claimedUntil), lte(claimedUntil, now))))
    .returning();
  if (delivery === undefined) return undefined;
  const [endpoint] = await tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, delivery.endpointId));
  return endpoint && { delivery, endpoint, orgKey: await parts.organizations.keyOf(tx, orgId) };
}

async function composeBody({ callOf }: DelivererParts, delivery: DeliveryRow): Promise<string> {
  const { eventId, type, createdAt, subjectId, callId, facts, orgId } = delivery;
  const call = callId === null ? undefined : await callOf({ orgId, callId });
  const data = { subjectId, callId, ...facts, ...(call === undefined ? {} : { call }) };
  return JSON.stringify({ id: eventId, type, createdAt: createdAt.toISOString(), data });
}

interface Settlement {
  readonly parts: DelivererParts;
  readonly claim: Claim;
  readonly outcome: PostOutcome;
  readonly durationMs: number;
}

/** Only by the one that still holds the claim of this attempt. */
async function settle(tx: OrgTx, { parts, claim, outcome, durationMs }: Settlement): Promise<void> {
  const { delivery, endpoint, orgKey } = claim;
  const now = new Date(parts.clock.wallNow());
  const { sealResponse } = openEndpoint(orgKey, endpoint);
  const { statusCode, failure, response } = outcome;
  const sealedResponse = response === null || response === "" ? null : sealResponse(delivery.id, response);
  const last = { claimedBy: null, claimedUntil: null, statusCode, failure, durationMs, sealedResponse };
  const settled = await tx
    .update(webhookDeliveries)
    .set({ ...last, ...nextState(parts, { delivery, isDelivered: outcome.ok, now }) })
    .where(
      and(
        eq(webhookDeliveries.id, delivery.id),
        eq(webhookDeliveries.attempts, delivery.attempts),
        eq(webhookDeliveries.claimedBy, parts.processId),
        gt(webhookDeliveries.claimedUntil, new Date(0)),
      ),
    )
    .returning({ id: webhookDeliveries.id });
  if (settled.length > 0) await noteHealth(tx, { parts, endpoint, isDelivered: outcome.ok, now });
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

/** An endpoint that has taken nothing for three days is switched off: its owner sees why, and what waits is kept. */
async function noteHealth(
  tx: OrgTx,
  {
    parts,
    endpoint,
    isDelivered,
    now,
  }: { parts: DelivererParts; endpoint: EndpointRow; isDelivered: boolean; now: Date },
): Promise<void> {
  const { id, orgId } = endpoint;
  const change = (set: Partial<EndpointRow>) => tx.update(webhookEndpoints).set(set).where(eq(webhookEndpoints.id, id));
  if (isDelivered) {
    if (endpoint.failingSince !== null) await change({ failingSince: null });
    return;
  }
  const since = endpoint.failingSince ?? now;
  if (endpoint.failingSince === null) await change({ failingSince: now });
  if (now.getTime() - since.getTime() < disableAfterMs || !endpoint.enabled) return;
  await change({ enabled: false, disabledReason: "failing" });
  await parts.audit.append(tx, {
    ...{ orgId, actor: { kind: "system", id: "webhooks" }, action: "webhooks.disable", subject: id },
    facts: { reason: "failing" },
  });
  parts.log("warn", "a webhook endpoint was switched off: it has taken nothing for three days", {
    orgId,
    endpoint: id,
  });
}
