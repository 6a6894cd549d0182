/** What the worker does: events become notifications, and what is due is sent. Safe to run twice, at once, and to be cut off. */
import { and, eq, isNotNull, lt, sql } from "drizzle-orm";
import type { JobWorker } from "../../platform/queue/queue.ts";
import { askAboutTexts } from "./ask-about-texts.ts";
import { claimNext } from "./claim-notification.ts";
import { planDigest } from "./digest.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { tendNotifications } from "./notifications.job.ts";
import { inboundTexts, notificationDigests, notificationEvents } from "./notifications.table.ts";
import { planEvents } from "./plan-events.ts";
import { sendClaimed } from "./send-claimed.ts";

/** One organisation's many do not keep the others waiting. */
const sentAtOnce = 50;
const dayMs = 86_400_000;
/** Longer than any digest looks back, and than a carrier repeats itself. */
const forgottenAfterMs = 8 * dayMs;

export interface NotificationDesk {
  /** Resolves with how many were sent or settled. */
  tend(orgId: string, signal: AbortSignal): Promise<number>;
  /** Over all organisations: what is due, whatever became of its job. */
  tendAll(signal: AbortSignal): Promise<void>;
  register(worker: JobWorker): Promise<void>;
}

export function createNotificationDesk(parts: NotificationParts): NotificationDesk {
  const desk: NotificationDesk = {
    async tend(orgId, signal) {
      await planEvents(parts, orgId, signal);
      return await sendDue(parts, orgId, signal);
    },
    async tendAll(signal) {
      const now = new Date(parts.clock.wallNow());
      await forEach(parts, await parts.db.askForIds("organizations_without_digest", [now]), (orgId) =>
        planDigest(parts, orgId),
      );
      const due = await parts.db.askForIds("organizations_with_notifications", [now]);
      await forEach(parts, due, (orgId) => desk.tend(orgId, signal));
    },
    async register(worker) {
      await worker.handle(tendNotifications, async ({ orgId }, { signal }) => void (await desk.tend(orgId, signal)));
      await worker.schedule("notifications.tend-all", "* * * * *", ({ signal }) => desk.tendAll(signal));
      await worker.schedule("notifications.look-after", "*/10 * * * *", async ({ signal }) => {
        const all = await parts.db.askForIds("organizations_to_tend");
        await forEach(parts, all, async (orgId) => {
          if (parts.publicUrl === undefined) await askAboutTexts(parts, orgId, signal);
          await forgetOld(parts, orgId);
        });
      });
    },
  };
  return desk;
}

/** What fails for one organisation does not keep the others waiting. */
async function forEach(
  { log }: NotificationParts,
  orgIds: readonly string[],
  work: (orgId: string) => Promise<unknown>,
) {
  for (const orgId of orgIds) {
    await work(orgId).catch((error: unknown) => {
      const kind = error instanceof Error ? error.name : "unknown";
      log("error", "notifications of an organisation could not be tended", { orgId, kind });
    });
  }
}

async function sendDue(parts: NotificationParts, orgId: string, signal: AbortSignal): Promise<number> {
  let settled = 0;
  for (; settled < sentAtOnce && !signal.aborted; settled++) {
    const claim = await claimNext(parts, orgId);
    if (claim === "nothing") break;
    if (claim !== "settled") await sendClaimed(parts, claim, signal);
  }
  return settled;
}

async function forgetOld({ db, clock }: NotificationParts, orgId: string): Promise<void> {
  const before = new Date(clock.wallNow() - forgottenAfterMs);
  await db.withOrg(orgId, async (tx) => {
    const { handledAt, happenedAt } = notificationEvents;
    await tx.delete(notificationEvents).where(and(isNotNull(handledAt), lt(happenedAt, before)));
    await tx.delete(inboundTexts).where(lt(inboundTexts.receivedAt, before));
    await tx
      .delete(notificationDigests)
      .where(
        and(
          eq(notificationDigests.orgId, orgId),
          lt(notificationDigests.day, sql`${before.toISOString()}::timestamptz::date`),
        ),
      );
  });
}
