/** What the API sees of notifications: settings, log, and what the carrier tells. */
import type { Notification, NotificationSettings } from "@parley/contract/notifications";
import { and, desc, eq, lt } from "drizzle-orm";
import type { Actor } from "../../platform/http/principal.ts";
import { type InboundText, takeText } from "./inbound-text.ts";
import { type MissedCall, noteMissedCall } from "./missed-call.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { type NotificationRow, notifications } from "./notifications.table.ts";
import { readSettings, writeSettings } from "./settings.ts";
import { type TextReport, takeReport } from "./text-status.ts";

interface LogPage {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: Notification["status"] | undefined;
  readonly channel?: Notification["channel"] | undefined;
  readonly subjectId?: string | undefined;
}

export interface Notifications {
  settings(orgId: string): Promise<NotificationSettings>;
  setSettings(asked: { orgId: string; actor: Actor }, settings: NotificationSettings): Promise<NotificationSettings>;
  /** Newest first. */
  list(orgId: string, page: LogPage): Promise<{ items: Notification[]; nextCursor: string | null }>;
  /** The same text told twice is taken once. */
  onText(orgId: string, text: InboundText): Promise<void>;
  /** Of one that is in no record. */
  onMissedCall(orgId: string, call: MissedCall): Promise<void>;
  /** In any order. */
  onReport(orgId: string, report: TextReport): Promise<void>;
}

export function createNotifications(parts: NotificationParts): Notifications {
  const { db, audit } = parts;
  return {
    settings: (orgId) => db.withOrg(orgId, (tx) => readSettings(tx, orgId, parts)),
    setSettings: ({ orgId, actor }, settings) =>
      db.withOrg(orgId, async (tx) => {
        await writeSettings(tx, { orgId, settings }, parts);
        await audit.append(tx, { orgId, actor, action: "notification-settings.set" });
        return settings;
      }),
    async list(orgId, { limit, cursor, status, channel, subjectId }) {
      const isWanted = and(
        cursor === undefined ? undefined : lt(notifications.id, cursor),
        status === undefined ? undefined : eq(notifications.status, status),
        channel === undefined ? undefined : eq(notifications.channel, channel),
        subjectId === undefined ? undefined : eq(notifications.subjectId, subjectId),
      );
      const rows = await db.withOrg(orgId, (tx) =>
        tx
          .select()
          .from(notifications)
          .where(isWanted)
          .orderBy(desc(notifications.id))
          .limit(limit + 1),
      );
      const items = rows.slice(0, limit).map(toNotification);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    onText: (orgId, text) => takeText(orgId, text, parts),
    onMissedCall: (orgId, call) => noteMissedCall(orgId, call, parts),
    onReport: (orgId, report) => takeReport(orgId, report, parts),
  };
}

function toNotification(row: NotificationRow): Notification {
  const { id, kind, channel, subjectId, callId, status, reason, attempts, segments } = row;
  return {
    ...{ id, kind, channel, subjectId, callId, status, reason, attempts, segments },
    recipient: row.recipient === "customer" ? "customer" : "owner",
    dueAt: row.dueAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
