/** Beside the webhooks' outbox, in the same transaction: what may have to be told to people. */
import { newId } from "../../platform/db/new-id.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import type { NotePart } from "./notification-parts.ts";
import { notificationEvents } from "./notifications.table.ts";
import { askToTend } from "./write-notification.ts";

const toldTypes: ReadonlySet<string> = new Set([
  "call.ended",
  "appointment.booked",
  "appointment.rescheduled",
  "appointment.cancelled",
  "appointment.declined",
  "message.taken",
]);

/** Two statements for an event that people are told of, none for others. */
export function createEmitNotification({ clock, jobs }: Pick<NotePart, "clock" | "jobs">): EmitWebhook {
  return async (tx, { orgId, type, subjectId, callId, facts }) => {
    if (!toldTypes.has(type)) return;
    const nowMs = clock.wallNow();
    const startsAt = typeof facts?.["startsAt"] === "string" ? new Date(facts["startsAt"]) : null;
    await tx.insert(notificationEvents).values({
      ...{ id: newId("nev", nowMs), orgId, type, subjectId, callId: callId ?? null, startsAt },
      happenedAt: new Date(nowMs),
    });
    await askToTend(tx, orgId, { jobs });
  };
}
