/** Webhooks in the process that delivers them. */
import { eq } from "drizzle-orm";
import type { Config } from "../config.ts";
import { memberships } from "../features/organizations/index.ts";
import { createDeliverer, createSwitchOffNotice, tellSwitchedOff, webhookChannel } from "../features/webhooks/index.ts";
import { listen } from "../platform/db/listen.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { createCallReader } from "./call-reader.ts";
import type { Features } from "./features.ts";
import { outboundRules } from "./outbound-rules.ts";
import { clock, type Stores } from "./stores.ts";

export interface WebhookProcessParts {
  readonly stores: Stores;
  readonly features: Features;
  readonly config: Config;
  readonly log: LogLine;
  readonly deadProcessId: string | undefined;
  /** Of the application's login. */
  readonly databaseUrl: string;
}

/** The owners' mails of endpoints that were switched off. */
export async function registerWebhookJobs(
  worker: JobWorker,
  features: Pick<Features, "db" | "organizations" | "mailer" | "auth">,
): Promise<void> {
  const { db, organizations, mailer, auth } = features;
  const sendNotice = createSwitchOffNotice({
    ...{ db, organizations, mailer },
    async memberOf(tx, userId) {
      const [member] = await tx.select().from(memberships).where(eq(memberships.userId, userId));
      return member && (await auth.people.readMembers(tx, [userId]))[0];
    },
  });
  await worker.handle(tellSwitchedOff, sendNotice);
}

/** Resolves with what ends it: deliveries in flight are cut and stay to be tried. */
export function startWebhooks({
  stores,
  features,
  config,
  log,
  deadProcessId,
  databaseUrl,
}: WebhookProcessParts): () => Promise<void> {
  const { db, organizations } = stores;
  const reader = createCallReader(stores.calls);
  const deliverer = createDeliverer({
    ...{ db, organizations, clock, log, audit: features.audit, rules: outboundRules(config), jobs: createJobSender() },
    processId: ownProcessId(),
    random: Math.random,
    callOf: ({ orgId, callId }) => reader.get(orgId, callId),
  });
  const stop = new AbortController();
  const begin = async () => {
    if (deadProcessId !== undefined) {
      await deliverer.release(deadProcessId).catch(() => log("warn", "webhooks of a dead process wait for its claims"));
    }
    const told = { url: databaseUrl, channel: webhookChannel, onTold: () => deliverer.look() };
    await Promise.all([listen({ ...told, clock, log }, stop.signal), deliverer.run(stop.signal)]);
  };
  const running = begin();
  return async () => {
    stop.abort();
    await running;
  };
}
