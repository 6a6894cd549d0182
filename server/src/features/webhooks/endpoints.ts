/** An organisation's endpoints: where it is told, of what, signed with which secret. */
import { type WebhookEndpoint, type WebhookEventType, webhookEventTypes } from "@parley/contract/webhooks";
import { desc, eq, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { checkUrl } from "./check-url.ts";
import { postEvent } from "./post-event.ts";
import { newSecret, openEndpoint, sealEndpoint } from "./sealed-endpoint.ts";
import { tellWorkers } from "./tell-workers.ts";
import { type EndpointRow, webhookEndpoints } from "./webhooks.table.ts";
import type { Asked, Page, WebhooksParts } from "./webhooks-parts.ts";

interface NewEndpoint extends Asked {
  readonly wanted: { readonly url: string; readonly events: readonly WebhookEventType[] };
}

interface ChangedEndpoint extends Asked {
  readonly id: string;
  readonly wanted: {
    readonly url?: string | undefined;
    readonly events?: readonly WebhookEventType[] | undefined;
    readonly enabled?: boolean | undefined;
  };
}

const overlapMs = 24 * 3_600_000;
const notFound = () => new AppError("not_found", { publicMessage: "There is no such webhook endpoint." });

export async function listEndpoints({ db, organizations }: WebhooksParts, orgId: string, { limit, cursor }: Page) {
  return await db.withOrg(orgId, async (tx) => {
    const { id } = webhookEndpoints;
    const rows = await tx
      .select()
      .from(webhookEndpoints)
      .where(cursor === undefined ? undefined : lt(id, cursor))
      .orderBy(desc(id))
      .limit(limit + 1);
    const orgKey = await organizations.keyOf(tx, orgId);
    const items = rows.slice(0, limit).map((row) => toEndpoint(row, openEndpoint(orgKey, row).url));
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  });
}

export async function createEndpoint(parts: WebhooksParts, { orgId, actor, wanted }: NewEndpoint) {
  const { db, organizations, clock, audit, rules } = parts;
  checkUrl(wanted.url, rules);
  const id = newId("whk", clock.wallNow());
  const secret = newSecret();
  return await db.withOrg(orgId, async (tx) => {
    const sealed = sealEndpoint(await organizations.keyOf(tx, orgId), { orgId, id, url: wanted.url, secret });
    const made = {
      ...{ id, orgId, ...sealed, events: [...new Set(wanted.events)] },
      ...{ createdBy: actor.id, createdAt: new Date(clock.wallNow()) },
    };
    const [row] = await tx.insert(webhookEndpoints).values(made).returning();
    if (row === undefined) throw notFound();
    await audit.append(tx, { orgId, actor, action: "webhooks.create", subject: id });
    return { ...toEndpoint(row, wanted.url), secret };
  });
}

export async function updateEndpoint(parts: WebhooksParts, asked: ChangedEndpoint): Promise<WebhookEndpoint> {
  const { url, events, enabled } = asked.wanted;
  if (url !== undefined) checkUrl(url, parts.rules);
  return await parts.db.withOrg(asked.orgId, async (tx) => {
    const { row, opened } = await openEndpointRow(parts, tx, { ...asked, toChange: true });
    const set: Partial<EndpointRow> = {
      events: events === undefined ? row.events : [...new Set(events)],
      ...(url === undefined ? {} : { sealedUrl: opened.sealUrl(url) }),
      ...(enabled === undefined ? {} : { enabled, disabledReason: enabled ? null : "owner", failingSince: null }),
    };
    const changed = await changeEndpoint(parts, tx, { ...asked, action: "webhooks.update", set });
    if (enabled === true) await tellWorkers(tx);
    return changed;
  });
}

export async function removeEndpoint({ db, audit }: WebhooksParts, { orgId, actor, id }: Asked & { id: string }) {
  await db.withOrg(orgId, async (tx) => {
    const ofThis = eq(webhookEndpoints.id, id);
    const gone = await tx.delete(webhookEndpoints).where(ofThis).returning({ id: webhookEndpoints.id });
    if (gone.length === 0) throw notFound();
    await audit.append(tx, { orgId, actor, action: "webhooks.delete", subject: id });
  });
}

export async function rotateSecret(parts: WebhooksParts, asked: Asked & { id: string }) {
  return await parts.db.withOrg(asked.orgId, async (tx) => {
    const { row, opened } = await openEndpointRow(parts, tx, { ...asked, toChange: true });
    const secret = newSecret();
    const set = {
      sealedSecret: opened.sealSecret(secret),
      sealedFormerSecret: row.sealedSecret,
      formerSecretUntil: new Date(parts.clock.wallNow() + overlapMs),
    };
    return { ...(await changeEndpoint(parts, tx, { ...asked, action: "webhooks.rotate-secret", set })), secret };
  });
}

export async function pingEndpoint(
  parts: WebhooksParts,
  { orgId, id, signal }: { orgId: string; id: string; signal: AbortSignal },
) {
  const { db, clock, rules } = parts;
  const { opened } = await db.withOrg(orgId, (tx) => openEndpointRow(parts, tx, { orgId, id }));
  const at = new Date(clock.wallNow());
  const startedMs = clock.now();
  const event = { id: newId("evt", at.getTime()), type: "ping", createdAt: at.toISOString(), data: {} };
  const atSeconds = Math.floor(at.getTime() / 1000);
  const { url } = opened;
  const post = { url, body: JSON.stringify(event), secrets: opened.secretsAt(at), atSeconds, signal };
  const { ok, statusCode, failure } = await postEvent(post, rules);
  return { ok, statusCode, failure, durationMs: Math.round(clock.now() - startedMs) };
}

/** With `toChange` nobody else changes it until the transaction ends; events are written all the while. Throws AppError `not_found`. */
export async function openEndpointRow(
  { organizations }: WebhooksParts,
  tx: OrgTx,
  { orgId, id, toChange = false }: { orgId: string; id: string; toChange?: boolean },
) {
  const found = tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id));
  const [row] = toChange ? await found.for("no key update") : await found;
  if (row === undefined) throw notFound();
  return { row, opened: openEndpoint(await organizations.keyOf(tx, orgId), row) };
}

async function changeEndpoint(
  { organizations, audit }: WebhooksParts,
  tx: OrgTx,
  { orgId, actor, id, action, set }: Asked & { id: string; action: string; set: Partial<EndpointRow> },
) {
  const [row] = await tx.update(webhookEndpoints).set(set).where(eq(webhookEndpoints.id, id)).returning();
  if (row === undefined) throw notFound();
  await audit.append(tx, { orgId, actor, action, subject: id });
  return toEndpoint(row, openEndpoint(await organizations.keyOf(tx, orgId), row).url);
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
