/** What was or will be delivered, every attempt of it, and once more what was. */
import type { WebhookAttempt, WebhookDelivery } from "@parley/contract/webhooks";
import { and, desc, eq, gte, inArray, lt, lte, ne } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { openEndpointRow } from "./endpoints.ts";
import { tellWorkers } from "./tell-workers.ts";
import { type AttemptRow, type DeliveryRow, webhookAttempts, webhookDeliveries } from "./webhooks.table.ts";
import type { Asked, Page, WebhooksParts } from "./webhooks-parts.ts";

export interface ReplayRange {
  readonly from: string;
  readonly to: string;
  readonly only: "dead" | "all";
}

const noDelivery = () => new AppError("not_found", { publicMessage: "There is no such delivery." });
const notWaiting = () =>
  new AppError("not_found", {
    publicMessage: "There is no such delivery that is over; one that waits is tried anyway.",
  });

export async function listDeliveries(
  parts: WebhooksParts,
  { orgId, id }: { orgId: string; id: string },
  page: Page & { status?: DeliveryRow["status"] | undefined },
) {
  return await parts.db.withOrg(orgId, async (tx) => {
    const { opened } = await openEndpointRow(parts, tx, { orgId, id });
    const { seq, endpointId, status } = webhookDeliveries;
    const before = page.cursor === undefined ? undefined : lt(seq, cursorOf(page.cursor));
    const wanted = page.status === undefined ? undefined : eq(status, page.status);
    const rows = await tx
      .select()
      .from(webhookDeliveries)
      .where(and(eq(endpointId, id), before, wanted))
      .orderBy(desc(seq))
      .limit(page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const items = shown.map((row) =>
      toDelivery(row, row.sealedResponse && opened.openResponse(row.id, row.sealedResponse)),
    );
    return { items, nextCursor: rows.length > page.limit ? String(shown.at(-1)?.seq) : null };
  });
}

export async function listAttempts(
  parts: WebhooksParts,
  { orgId, id, deliveryId }: { orgId: string; id: string; deliveryId: string },
  page: Page,
) {
  return await parts.db.withOrg(orgId, async (tx) => {
    const { opened } = await openEndpointRow(parts, tx, { orgId, id });
    const [delivery] = await tx
      .select()
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.endpointId, id)));
    if (delivery === undefined) throw noDelivery();
    const { attempt } = webhookAttempts;
    const before = page.cursor === undefined ? undefined : lt(attempt, cursorOf(page.cursor));
    const rows = await tx
      .select()
      .from(webhookAttempts)
      .where(and(eq(webhookAttempts.deliveryId, deliveryId), before))
      .orderBy(desc(attempt))
      .limit(page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const holds = isUnderWay(delivery, new Date(parts.clock.wallNow()));
    const items = shown.map((row) => ({
      ...toAttempt(row, holds && row.attempt === delivery.attempts),
      response: row.sealedResponse && opened.openResponse(deliveryId, row.sealedResponse),
    }));
    return { items, nextCursor: rows.length > page.limit ? String(shown.at(-1)?.attempt) : null };
  });
}

export async function replayDeliveries(
  parts: WebhooksParts,
  { orgId, actor, id, which }: Asked & { id: string; which: ReplayRange | { deliveryId: string } },
) {
  return await parts.db.withOrg(orgId, async (tx) => {
    await openEndpointRow(parts, tx, { orgId, id });
    const now = new Date(parts.clock.wallNow());
    const again = await tx
      .update(webhookDeliveries)
      .set({ status: "pending", nextAttemptAt: now, firstAttemptAt: null, finishedAt: null })
      .where(and(eq(webhookDeliveries.endpointId, id), ne(webhookDeliveries.status, "pending"), chosen(which)))
      .returning({ id: webhookDeliveries.id });
    if ("deliveryId" in which && again.length === 0) throw notWaiting();
    const facts = { replayed: again.length };
    await parts.audit.append(tx, { orgId, actor, action: "webhooks.replay", subject: id, facts });
    await tellWorkers(tx);
    return { replayed: again.length };
  });
}

function chosen(which: ReplayRange | { deliveryId: string }) {
  if ("deliveryId" in which) return eq(webhookDeliveries.id, which.deliveryId);
  const { createdAt, status } = webhookDeliveries;
  return and(
    gte(createdAt, new Date(which.from)),
    lte(createdAt, new Date(which.to)),
    inArray(status, which.only === "dead" ? ["dead"] : ["dead", "delivered"]),
  );
}

function cursorOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("bad_request", { publicMessage: "cursor is not one this list gave out." });
}

const isUnderWay = ({ status, claimedUntil }: DeliveryRow, now: Date) =>
  status === "pending" && claimedUntil !== null && claimedUntil > now;

function toDelivery(row: DeliveryRow, response: string | null): WebhookDelivery {
  const { id, eventId, type, callId, status, attempts, statusCode, durationMs, failure } = row;
  return {
    ...{ id, eventId, type, callId, status, attempts, statusCode, durationMs, failure, response },
    createdAt: row.createdAt.toISOString(),
    nextAttemptAt: status === "pending" ? row.nextAttemptAt.toISOString() : null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function toAttempt(row: AttemptRow, underWay: boolean): Omit<WebhookAttempt, "response"> {
  const { attempt, durationMs, statusCode } = row;
  return {
    ...{ attempt, durationMs, statusCode },
    failure: row.endedAt === null && !underWay ? "interrupted" : row.failure,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
