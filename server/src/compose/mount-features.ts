/** Every feature's routes, in one list: the server serves it, the OpenAPI document describes it. */

import { mountAgentRoutes } from "../features/agents/index.ts";
import { mountAnalysisRoutes } from "../features/analysis/index.ts";
import { mountApiKeyRoutes } from "../features/api-keys/index.ts";
import { mountAppointmentRoutes } from "../features/appointments/index.ts";
import { mountAuditRoutes } from "../features/audit/index.ts";
import { mountAccountRoutes, mountAuthRoutes } from "../features/auth/index.ts";
import { mountAutomationRoutes } from "../features/automations/index.ts";
import { mountBillingRoutes } from "../features/billing/index.ts";
import { mountCalendarPushRoutes, mountCalendarRoutes } from "../features/calendars/index.ts";
import { mountCallArchiveRoutes } from "../features/calls/index.ts";
import { mountConnectionRoutes, mountOauthRoutes } from "../features/connections/index.ts";
import { mountContactRoutes } from "../features/contacts/index.ts";
import { mountInstallationRoutes } from "../features/installation/index.ts";
import { mountKnowledgeRoutes } from "../features/knowledge/index.ts";
import { mountKnowledgeSearchRoutes } from "../features/knowledge/search/index.ts";
import { mountMemberRoutes } from "../features/members/index.ts";
import { mountMessageRoutes } from "../features/messages/index.ts";
import { mountNotificationRoutes } from "../features/notifications/index.ts";
import { mountOrganizationRoutes } from "../features/organizations/index.ts";
import { mountOutboundRoutes, mountPhoneNumberRoutes } from "../features/phone-numbers/index.ts";
import { mountPrivacyRoutes } from "../features/privacy/index.ts";
import { mountRecordingRoutes } from "../features/recordings/index.ts";
import { mountScreeningRoutes } from "../features/screening/index.ts";
import { mountMcpServerRoutes, mountToolRoutes } from "../features/tools/index.ts";
import { mountUsageRoutes } from "../features/usage/index.ts";
import { mountUtteranceRoutes } from "../features/utterances/index.ts";
import { mountWebhookRoutes } from "../features/webhooks/index.ts";
import type { RouteMount } from "../platform/http/route-mount.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { Features } from "./features.ts";
import { clock } from "./stores.ts";

/** Asks nothing of the features until a route is called. */
export function mountFeatures(mount: RouteMount, features: Features): void {
  mountAuthRoutes(mount, { auth: features.auth, ...features.pages });
  mountAccountRoutes(mount, features);
  mountOrganizationRoutes(mount, features);
  mountMemberRoutes(mount, features);
  mountApiKeyRoutes(mount, features);
  mountInstallationRoutes(mount, features);
  mountRecordingRoutes(mount, features);
  mountCallArchiveRoutes(mount, features);
  mountAgentRoutes(mount, features.agents);
  mountAnalysisRoutes(mount, features);
  mountUtteranceRoutes(mount, features);
  mountContactRoutes(mount, features);
  mountKnowledgeRoutes(mount, features);
  mountKnowledgeSearchRoutes(mount, features);
  mountScreeningRoutes(mount, features);
  mountCalendarRoutes(mount, features);
  mountAppointmentRoutes(mount, features);
  mountConnectionRoutes(mount, features.connections);
  mountOauthRoutes(mount, { ...features, ...features.pages });
  mountCalendarPushRoutes(mount, { ...features, jobs: createJobSender() });
  mountPhoneNumberRoutes(mount, features.phoneNumbers);
  mountOutboundRoutes(mount, features.outbound);
  mountWebhookRoutes(mount, features);
  mountNotificationRoutes(mount, features);
  mountMessageRoutes(mount, { ...features, clock });
  mountToolRoutes(mount, features);
  mountAutomationRoutes(mount, features);
  mountMcpServerRoutes(mount, features);
  mountUsageRoutes(mount, features);
  mountBillingRoutes(mount, features);
  mountAuditRoutes(mount, features);
  mountPrivacyRoutes(mount, features);
}
