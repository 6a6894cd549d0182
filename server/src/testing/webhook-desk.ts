/** For tests: webhooks over a real database, in the API's process, in the one where things happen, and in the one that delivers. */
import { createAuditLog } from "../features/audit/index.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import { createDeliverer, createEmitWebhook, createWebhooks } from "../features/webhooks/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { silentLog } from "../platform/db/log-line.ts";
import type { OrgDb } from "../platform/db/org-db.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { TestDatabase } from "./test-database.ts";

type CallEventType = "call.started" | "call.ended";

export function openWebhookDesk(database: TestDatabase, clock: Clock) {
  const masterKey = Buffer.alloc(32, 7);
  const rules = { allowPrivate: false, allowLoopback: true };
  const emit = createEmitWebhook({ clock });
  const audit = createAuditLog({ clock });
  const organizations = createOrganizations({ db: database.orgDb, masterKey });
  const webhooks = createWebhooks({ db: database.orgDb, organizations, clock, audit, rules });
  return {
    ...{ webhooks, emit, organizations },
    /** An organisation with an endpoint; the endpoint's id and secret. */
    async addEndpoint(orgId: string, url: string, events: readonly CallEventType[] = ["call.started", "call.ended"]) {
      await organizations.ensure({ orgId, name: orgId });
      return await webhooks.create({ orgId, actor: { kind: "user", id: "usr_a" }, wanted: { url, events } });
    },
    tell: (orgId: string, type: CallEventType, callId: string) =>
      database.orgDb.withOrg(orgId, (tx) => emit(tx, { orgId, type, subjectId: callId, callId })),
    /** The one of another process, over its own connections. */
    delivererOf: (processId: string, db: OrgDb = database.orgDb) =>
      createDeliverer({
        ...{ db, clock, audit, rules, processId, log: silentLog, jobs: createJobSender(), random: () => 0 },
        organizations: createOrganizations({ db, masterKey }),
        callOf: async ({ callId }) => ({ id: callId }),
      }),
    async deliveries(orgId: string) {
      const { rows } = await database.asAdmin("select * from webhook_deliveries where org_id = $1 order by seq", [
        orgId,
      ]);
      return rows;
    },
    async attempts(orgId: string) {
      const { rows } = await database.asAdmin("select * from webhook_attempts where org_id = $1 order by id", [orgId]);
      return rows;
    },
  };
}
