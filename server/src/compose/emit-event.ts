/** What is told of a deed, in its transaction: to the audit log, to people, to the organisation's servers. Deeds know nothing of them. */
import { createAuditLog } from "../features/audit/index.ts";
import { createEmitNotification } from "../features/notifications/index.ts";
import { createEmitWebhook, type EmitWebhook, type WebhookEvent } from "../features/webhooks/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";

/** Deeds of callers. What people and keys do has its entry where it is done, with who did it. */
const auditedAs: Partial<Record<WebhookEvent["type"], string>> = {
  "appointment.booked": "appointments.create",
  "appointment.rescheduled": "appointments.move",
  "appointment.cancelled": "appointments.cancel",
  "appointment.declined": "appointments.decline",
  "message.taken": "messages.take",
};

export function composeEmit({ clock }: { clock: Clock }): EmitWebhook {
  const toPeople = createEmitNotification({ clock, jobs: createJobSender() });
  const toServers = createEmitWebhook({ clock });
  const audit = createAuditLog({ clock });
  return async (tx, event) => {
    const { orgId, callId, subjectId: subject } = event;
    const action = auditedAs[event.type];
    if (action !== undefined && callId !== undefined) {
      const actor = { kind: "caller", id: callId } as const;
      await audit.append(tx, { orgId, actor, action, subject, facts: { by: "call" } });
    }
    await toPeople(tx, event);
    // Last: it locks the order of the call's events.
    await toServers(tx, event);
  };
}
