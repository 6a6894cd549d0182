/** What is told of a deed, in its transaction: to the organisation's servers, and to people. Deeds know nothing of either. */
import { createEmitNotification } from "../features/notifications/index.ts";
import { createEmitWebhook, type EmitWebhook } from "../features/webhooks/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";

export function composeEmit({ clock }: { clock: Clock }): EmitWebhook {
  const toPeople = createEmitNotification({ clock, jobs: createJobSender() });
  const toServers = createEmitWebhook({ clock });
  return async (tx, event) => {
    await toPeople(tx, event);
    // Last: it locks the order of the call's events.
    await toServers(tx, event);
  };
}
