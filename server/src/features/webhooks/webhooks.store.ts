import type { WebhookDelivery, WebhookEndpoint, WebhookEventType } from "@parley/contract/webhooks";
import { webhookEventTypes } from "@parley/contract/webhooks";
import { and, desc, eq, gte, inArray, lt, lte, ne } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type AddressRules, isAddressAllowed, postEvent } from "./post-event.ts";
import { newSecret, openEndpoint, sealEndpoint } from "./sealed-endpoint.ts";
import { type DeliveryRow, type EndpointRow, webhookDeliveries, webhookEndpoints } from "./webhooks.table.ts";

export interface WebhooksParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly rules: AddressRules;
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export type Webhooks = ReturnType<typeof createWebhooks>;

const overlapMs = 24 * 3_600_000;
const notFound = () => new AppError("not_found", { publicMessage: "There is no such webhook endpoint." });

export function createWebhooks(parts: WebhooksParts) {
  const { db, organizations, clock, audit, rules } = parts;
  const now = () => new Date(clock.wallNow());
  const openRow = async (tx: OrgTx, orgId: string, id: string) => {
    const [row] = await tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).for("update");
    if (row === undefined) throw notFound();
    return { row, opened: openEndpoint(await organizations.keyOf(tx, orgId), row) };
  };
  const change = async (
    tx: OrgTx,
    { orgId, actor, id, action, set }: Asked & { id: string; action: string; set: Partial<EndpointRow> },
  ) => {
    const [row] = await tx.update(webhookEndpoints).set(set).where(eq(webhookEndpoints.id, id)).returning();
    if (row === undefined) throw notFound();
    await audit.append(tx, { orgId, actor, action, subject: id });
    return toEndpoint(row, openEndpoint(await organizations.keyOf(tx, orgId), row).url);
  };
  return {
    list: (orgId: string, { limit, cursor }: Page) =>
      db.withOrg(orgId, async (tx) => {
        const { id } = webhookEndpoints;
        const before = cursor === undefined ? undefined : lt(id, cursor);
        const rows = await tx
          .select()
          .from(webhookEndpoints)
          .where(before)
          .orderBy(desc(id))
          .limit(limit + 1);
        const orgKey = await organizations.keyOf(tx, orgId);
        const items = rows.slice(0, limit).map((row) => toEndpoint(row, openEndpoint(orgKey, row).url));
        return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
      }),
    async create({ orgId, actor, wanted }: Asked & { wanted: { url: string; events: readonly WebhookEventType[] } }) {
      checkUrl(wanted.url, rules);
      const id = newId("whk", clock.wallNow());
      const secret = newSecret();
      return await db.withOrg(orgId, async (tx) => {
        const sealed = sealEndpoint(await organizations.keyOf(tx, orgId), { orgId, id, url: wanted.url, secret });
        const made = {
          id,
          orgId,
          ...sealed,
          events: [...new Set(wanted.events)],
          createdBy: actor.id,
          createdAt: now(),
        };
        const [row] = await tx.insert(webhookEndpoints).values(made).returning();
        if (row === undefined) throw notFound();
        await audit.append(tx, { orgId, actor, action: "webhooks.create", subject: id });
        return { ...toEndpoint(row, wanted.url), secret };
      });
    },
    async update({
      ...asked
    }: Asked & {
      id: string;
      wanted: {
        url?: string | undefined;
        events?: readonly WebhookEventType[] | undefined;
        enabled?: boolean | undefined;
      };
    }): Promise<WebhookEndpoint> {
      const { url, events, enabled } = asked.wanted;
      if (url !== undefined) checkUrl(url, rules);
      return await db.withOrg(asked.orgId, async (tx) => {
        const { row, opened } = await openRow(tx, asked.orgId, asked.id);
        const set: Partial<EndpointRow> = {
          events: events === undefined ? row.events : [...new Set(events)],
          ...(url === undefined ? {} : { sealedUrl: opened.sealUrl(url) }),
          ...(enabled === undefined ? {} : { enabled, disabledReason: enabled ? null : "owner", failingSince: null }),
        };
        return await change(tx, { ...asked, action: "webhooks.update", set });
      });
    },
    remove: ({ orgId, actor, id }: Asked & { id: string }) =>
      db.withOrg(orgId, async (tx) => {
        const gone = await tx
          .delete(webhookEndpoints)
          .where(eq(webhookEndpoints.id, id))
          .returning({ id: webhookEndpoints.id });
        if (gone.length === 0) throw notFound();
        await audit.append(tx, { orgId, actor, action: "webhooks.delete", subject: id });
      }),
    rotate: (asked: Asked & { id: string }) =>
      db.withOrg(asked.orgId, async (tx) => {
        const { row, opened } = await openRow(tx, asked.orgId, asked.id);
        const secret = newSecret();
        const set = {
          sealedSecret: opened.sealSecret(secret),
          sealedFormerSecret: row.sealedSecret,
          formerSecretUntil: new Date(clock.wallNow() + overlapMs),
        };
        return { ...(await change(tx, { ...asked, action: "webhooks.rotate-secret", set })), secret };
      }),
    async ping({ orgId, id, signal }: { orgId: string; id: string; signal: AbortSignal }) {
      const { opened } = await db.withOrg(orgId, (tx) => openRow(tx, orgId, id));
      const at = now();
      const startedMs = clock.now();
      const event = { id: newId("evt", at.getTime()), type: "ping", createdAt: at.toISOString(), data: {} };
      const atSeconds = Math.floor(at.getTime() / 1000);
      const { url } = opened;
      const post = { url, body: JSON.stringify(event), secrets: opened.secretsAt(at), atSeconds, signal };
      const { ok, statusCode, failure } = await postEvent(post, rules);
      return { ok, statusCode, failure, durationMs: Math.round(clock.now() - startedMs) };
    },
    deliveries: (orgId: string, id: string, page: Page & { status?: DeliveryRow["status"] | undefined }) =>
      db.withOrg(orgId, async (tx) => {
        const { opened } = await openRow(tx, orgId, id);
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
      }),
    replay: ({ orgId, actor, id, which }: Asked & { id: string; which: ReplayRange | { deliveryId: string } }) =>
      db.withOrg(orgId, async (tx) => {
        await openRow(tx, orgId, id);
        const { status, createdAt, endpointId } = webhookDeliveries;
        const chosen =
          "deliveryId" in which
            ? eq(webhookDeliveries.id, which.deliveryId)
            : and(
                gte(createdAt, new Date(which.from)),
                lte(createdAt, new Date(which.to)),
                inArray(status, which.only === "dead" ? ["dead"] : ["dead", "delivered"]),
              );
        const again = await tx
          .update(webhookDeliveries)
          .set({ status: "pending", nextAttemptAt: now(), firstAttemptAt: null, finishedAt: null })
          .where(and(eq(endpointId, id), ne(status, "pending"), chosen))
          .returning({ id: webhookDeliveries.id });
        if ("deliveryId" in which && again.length === 0) throw notWaiting();
        await audit.append(tx, {
          orgId,
          actor,
          action: "webhooks.replay",
          subject: id,
          facts: { replayed: again.length },
        });
        return { replayed: again.length };
      }),
  };
}

interface ReplayRange {
  readonly from: string;
  readonly to: string;
  readonly only: "dead" | "all";
}

const notWaiting = () =>
  new AppError("not_found", {
    publicMessage: "There is no such delivery that is over; one that waits is tried anyway.",
  });

function cursorOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("bad_request", { publicMessage: "cursor is not one this list gave out." });
}

function checkUrl(text: string, rules: AddressRules): void {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocal = host === "localhost" || host === "::1" || /^127\./.test(host);
  const refuse = (publicMessage: string) => new AppError("bad_request", { publicMessage });
  if (url.protocol !== "https:" && !(rules.allowLoopback && isLocal) && !rules.allowPrivate) {
    throw refuse("url must begin with https://. Events are not sent unencrypted.");
  }
  if (url.username !== "" || url.password !== "") throw refuse("url must not hold a user or password.");
  if (/^[\d.]+$|:/.test(host) && !isAddressAllowed(host, rules)) {
    throw refuse(
      "url leads into a private network. Give an address that is reached from outside, or set WEBHOOK_ALLOW_PRIVATE=on.",
    );
  }
}

const isKnown = (type: string): type is WebhookEventType => webhookEventTypes.some((known) => known === type);

function toEndpoint(row: EndpointRow, url: string): WebhookEndpoint {
  const { id, enabled, disabledReason } = row;
  return {
    ...{ id, url, enabled, disabledReason },
    events: row.events.filter(isKnown),
    failingSince: row.failingSince?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

function toDelivery(row: DeliveryRow, response: string | null): WebhookDelivery {
  const { id, eventId, type, callId, status, attempts, statusCode, durationMs, failure } = row;
  return {
    ...{ id, eventId, type, callId, status, attempts, statusCode, durationMs, failure, response },
    createdAt: row.createdAt.toISOString(),
    nextAttemptAt: status === "pending" ? row.nextAttemptAt.toISOString() : null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
