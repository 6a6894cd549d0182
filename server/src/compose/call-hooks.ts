/** What is done in the transaction that enters or ends a call, in this order. It costs a call's record statements: keep it short. */
import { requestAnalysis } from "../features/analysis/index.ts";
import { type CallHooks, digestCall } from "../features/calls/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { composeEmit } from "./emit-event.ts";
import { usageHooks } from "./usage-hooks.ts";

export function composeCallHooks({ clock }: { clock: Clock }): CallHooks {
  const hooks: readonly CallHooks[] = [webhookHooks(clock), digestHooks(), analysisHooks(clock), usageHooks(clock)];
  return {
    async started(tx, call) {
      for (const hook of hooks) await hook.started?.(tx, call);
    },
    async ended(tx, call) {
      for (const hook of hooks) await hook.ended?.(tx, call);
    },
  };
}

/** Its words and figures are taken later, by the worker. */
function digestHooks(): CallHooks {
  const jobs = createJobSender();
  return {
    ended: (tx, { orgId, callId }) => jobs.send(tx, digestCall, { orgId, callId }, { singletonKey: callId }),
  };
}

/** Summary, outcome and the agent's own fields. */
function analysisHooks(clock: Clock): CallHooks {
  const parts = { jobs: createJobSender(), clock };
  return { ended: (tx, { orgId, callId }) => requestAnalysis(tx, { orgId, callId }, parts) };
}

function webhookHooks(clock: Clock): CallHooks {
  const emit = composeEmit({ clock });
  return {
    started: (tx, { orgId, callId }) => emit(tx, { orgId, callId, type: "call.started", subjectId: callId }),
    ended: (tx, { orgId, callId }) => emit(tx, { orgId, callId, type: "call.ended", subjectId: callId }),
  };
}
