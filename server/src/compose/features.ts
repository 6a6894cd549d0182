/** Every feature, made once for each process that answers the API or runs jobs. */

import { toLogLine } from "../boot/logger.ts";
import type { Agents } from "../features/agents/index.ts";
import type { Analyses } from "../features/analysis/index.ts";
import { type AuditAnchors, type AuditLog, type AuditReader, createAuditLog } from "../features/audit/index.ts";
import { createIdempotentRequests, type IdempotentRequests } from "../features/idempotency/index.ts";
import { isAgentRouted } from "../features/phone-numbers/index.ts";
import type { Privacy } from "../features/privacy/index.ts";
import type { Recordings } from "../features/recordings/index.ts";
import { faultsByTool } from "../features/tools/index.ts";
import type { Utterances } from "../features/utterances/index.ts";
import { createWebhooks, type Webhooks } from "../features/webhooks/index.ts";
import type { LockOut } from "../platform/limits/lock-out.ts";
import { openAgents } from "./agents.ts";
import { openAnalyses } from "./analysis.ts";
import { openAuditReading } from "./audit.ts";
import { type AutomationFeatures, openAutomations } from "./automations.ts";
import { type BillingFeatures, openBilling } from "./billing.ts";
import { type CalendarFeatures, openCalendars } from "./calendars.ts";
import { type CallFeatures, openCallArchive } from "./call-archive.ts";
import { type Customers, openCustomers } from "./customers.ts";
import { type KnowledgeFeatures, openKnowledge } from "./knowledge.ts";
import type { Limits } from "./limits.ts";
import { type NotificationFeatures, openNotifications } from "./notifications.ts";
import { type OauthFeatures, openOauth } from "./oauth.ts";
import { outboundRules } from "./outbound-rules.ts";
import { openPeople, type People, type PeopleParts } from "./people.ts";
import { openPrivacy, organizationErasure } from "./privacy.ts";
import { openRecordings } from "./recordings.ts";
import { openSearchTester, type RetrievalFeatures } from "./retrieval.ts";
import { clock, type Stores } from "./stores.ts";
import { openTelephony, type TelephonyFeatures } from "./telephony.ts";
import { openTenants, type Tenants } from "./tenants.ts";
import { openToolDesk, type ToolFeatures } from "./tools.ts";
import { openUtterances } from "./utterances.ts";

export interface Features
  extends Stores,
    BillingFeatures,
    People,
    Tenants,
    TelephonyFeatures,
    Customers,
    CallFeatures,
    CalendarFeatures,
    KnowledgeFeatures,
    RetrievalFeatures,
    ToolFeatures,
    AutomationFeatures,
    OauthFeatures,
    NotificationFeatures {
  readonly agents: Agents;
  readonly analyses: Analyses;
  readonly utterances: Utterances;
  /** In a process that stops. */
  closeVoices(): void;
  readonly audit: AuditLog;
  readonly auditAnchors: AuditAnchors;
  readonly auditReader: AuditReader;
  readonly idempotency: IdempotentRequests;
  readonly lockOut: LockOut;
  readonly privacy: Privacy;
  readonly recordings: Recordings;
  readonly webhooks: Webhooks;
}

export function openFeatures(
  stores: Stores,
  parts: Pick<Limits, "lockOut" | "counters"> & Pick<PeopleParts, "config" | "log" | "origin">,
): Features {
  const { lockOut } = parts;
  const idempotency = createIdempotentRequests({ ...stores, clock });
  const audit = createAuditLog({ clock, commitClaim: (tx, claim) => idempotency.commit(tx, claim) });
  const tools = openToolDesk(stores, { config: parts.config, log: toLogLine(parts.log), audit });
  const agents = openAgents({
    ...{ ...stores, audit },
    toolsOf: async (orgId) => faultsByTool(await tools.toolShelf.list(orgId)),
    isAgentInUse: (tx, { agentId }) => isAgentRouted(tx, agentId),
  });
  const billing = openBilling(stores, { audit });
  const customers = openCustomers(stores, { audit });
  const { screening } = customers;
  const screenOutbound = (call: { orgId: string; to: string }) =>
    screening.screenOutbound({ ...call, atMs: clock.wallNow() });
  const oauth = openOauth(stores, { config: parts.config, audit });
  const { accessTokenOf } = oauth;
  const carried = { audit, agents, screenOutbound, accessTokenOf, usageMeter: billing.usageMeter };
  const telephony = openTelephony(stores, { ...parts, ...carried });
  const people = openPeople(stores, { ...parts, audit });
  const recordings = openRecordings(stores, { config: parts.config, audit });
  const onOrganizationErased = organizationErasure(stores, { ...parts, recordings });
  const tenants = openTenants(stores, { ...parts, ...people, audit, clock, onOrganizationErased });
  const rules = outboundRules(parts.config);
  const webhooks = createWebhooks({ ...stores, clock, audit, rules });
  const reading = openAuditReading(stores, parts);
  const analyses = openAnalyses(stores, { audit });
  const callFeatures = openCallArchive(stores, { audit, recordings, usage: billing.usage, analyses });
  const notifying = { ...parts, ...people, ...customers, ...telephony, audit, usageMeter: billing.usageMeter };
  const used = { ...parts, ...customers, ...reading, ...callFeatures, ...people, ...tenants };
  return {
    ...stores,
    ...billing,
    privacy: openPrivacy(stores, { ...used, audit, agents, recordings, idempotency }),
    webhooks,
    ...people,
    ...tenants,
    ...customers,
    ...telephony,
    ...oauth,
    ...reading,
    ...callFeatures,
    agents,
    analyses,
    ...openUtterances(stores, { ...parts, ...telephony, audit, agents }),
    lockOut,
    audit,
    idempotency,
    recordings,
    ...openKnowledge(stores, { config: parts.config, audit }),
    ...openSearchTester(stores, { config: parts.config, log: toLogLine(parts.log), vendorKeys: telephony.vendorKeys }),
    ...openNotifications(stores, { ...notifying, log: toLogLine(parts.log) }),
    ...openCalendars(stores, { config: parts.config, log: toLogLine(parts.log), audit }),
    ...tools,
    ...openAutomations(stores, { ...tools, audit }),
  };
}
