/** Webhooks in the process that delivers them. */
import type { Config } from "../config.ts";
import { createDeliverer } from "../features/webhooks/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { createCallReader } from "./call-reader.ts";
import type { Features } from "./features.ts";
import { clock, type Stores } from "./stores.ts";
import { webhookRules } from "./webhook-rules.ts";

export interface WebhookProcessParts {
  readonly stores: Stores;
  readonly features: Features;
  readonly config: Config;
  readonly log: LogLine;
  readonly deadProcessId: string | undefined;
}

/** Resolves with what ends it: deliveries in flight are cut and stay to be tried. */
export function startWebhooks({
  stores,
  features,
  config,
  log,
  deadProcessId,
}: WebhookProcessParts): () => Promise<void> {
  const { db, organizations } = stores;
  const reader = createCallReader(stores.calls, features.recordings);
  const deliverer = createDeliverer({
    ...{ db, organizations, clock, log, audit: features.audit, rules: webhookRules(config) },
    processId: ownProcessId(),
    random: Math.random,
    callOf: ({ orgId, callId }) => reader.get(orgId, callId),
  });
  const stop = new AbortController();
  const begin = async () => {
    if (deadProcessId !== undefined) {
      await deliverer.release(deadProcessId).catch(() => log("warn", "webhooks of a dead process wait for its claims"));
    }
    await deliverer.run(stop.signal);
  };
  const running = begin();
  return async () => {
    stop.abort();
    await running;
  };
}
