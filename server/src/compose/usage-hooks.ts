/** What a call's begin and end change in the organisation's account. */
import { createBudgetWatch, releaseReservation } from "../features/billing/index.ts";
import type { CallHooks } from "../features/calls/index.ts";
import { createUsageMeter } from "../features/usage/index.ts";
import { createEmitWebhook } from "../features/webhooks/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";

export const openBudgetWatch = (clock: Clock) =>
  createBudgetWatch({ clock, emit: createEmitWebhook({ clock }), jobs: createJobSender() });

/** Last of a call's end: it holds the organisation's account until the transaction commits. */
export function usageHooks(clock: Clock): CallHooks {
  const meter = createUsageMeter({ clock });
  const watch = openBudgetWatch(clock);
  return {
    started: (tx) => releaseReservation(tx),
    async ended(tx, call) {
      await meter.settle(tx, call);
      await watch.check(tx, call.orgId);
    },
  };
}
