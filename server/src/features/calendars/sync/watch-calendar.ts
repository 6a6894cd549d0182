/** Asks a vendor to tell of changes, and takes what it tells. It is asked every half minute all the same. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { receiveCalendarPush } from "@parley/contract/connections";
import { eq } from "drizzle-orm";
import { z } from "zod";
import { AppError, ProviderError } from "../../../kernel/app-error.ts";
import type { OrgDb } from "../../../platform/db/org-db.ts";
import type { RouteMount } from "../../../platform/http/route-mount.ts";
import type { JobSender } from "../../../platform/queue/queue.ts";
import { syncCalendarJob } from "./sync.job.ts";
import { calendarSyncs } from "./sync.tables.ts";
import type { SyncParts, SyncWork } from "./sync-parts.ts";

const hourMs = 3_600_000;
/** Renewed so long before its end. */
const renewMs = 24 * hourMs;

const hashOf = (token: string) => createHash("sha256").update(token).digest();

export async function keepWatching(parts: SyncParts, work: SyncWork): Promise<void> {
  const { provider, row, orgId, calendarId, externalCalendarId, signal } = work;
  const { publicUrl, clock, db } = parts;
  const nowMs = clock.wallNow();
  if (publicUrl === undefined || provider.watch === undefined) return;
  if (row.channelUntil !== null && row.channelUntil.getTime() - nowMs > renewMs) return;
  const token = randomBytes(32).toString("base64url");
  const here = eq(calendarSyncs.calendarId, calendarId);
  const keep = (change: Partial<typeof calendarSyncs.$inferInsert>) =>
    db.withOrg(orgId, (tx) => tx.update(calendarSyncs).set(change).where(here));
  // Known before it is asked for: the vendor may tell at once.
  await keep({ channelTokenHash: hashOf(token) });
  try {
    const address = `${publicUrl}/api/v1/calendar-pushes/${calendarId}`;
    const { channelId, expiresAtMs } = await provider.watch(externalCalendarId, { address, token }, signal);
    await keep({ channelId, channelUntil: new Date(expiresAtMs) });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    // An address the vendor cannot reach: asked again in an hour.
    await keep({ channelId: null, channelUntil: new Date(nowMs + renewMs + hourMs) });
    parts.log("warn", "a vendor does not tell of changes in a calendar", { orgId, calendarId });
  }
}

const notifications = z.object({ value: z.array(z.object({ clientState: z.string().optional() })).max(1000) });

export interface PushParts {
  readonly db: OrgDb;
  readonly jobs: JobSender;
}

export function mountCalendarPushRoutes(mount: RouteMount, { db, jobs }: PushParts): void {
  mount(receiveCalendarPush, async ({ params, query, request }) => {
    // Microsoft asks whether anybody is here before it tells anything.
    if (query.validationToken !== undefined) return query.validationToken;
    const header = request.headers["x-goog-channel-token"];
    const told =
      notifications.safeParse(request.body).data?.value.flatMap(({ clientState }) => clientState ?? []) ?? [];
    const tokens = typeof header === "string" ? [header] : told;
    const [orgId] = await db.askForIds("organization_of_calendar_sync", [params.id]);
    const nothing = new AppError("not_found", { publicMessage: "There is no such thing here." });
    if (orgId === undefined || tokens.length === 0) throw nothing;
    await db.withOrg(orgId, async (tx) => {
      const [row] = await tx.select().from(calendarSyncs).where(eq(calendarSyncs.calendarId, params.id));
      const expected = row?.channelTokenHash;
      if (!expected || !tokens.some((token) => timingSafeEqual(hashOf(token), expected))) throw nothing;
      const of = { orgId, calendarId: params.id };
      await jobs.send(tx, syncCalendarJob, of, { singletonKey: `${params.id}:told` });
    });
    return "";
  });
}
