/** The process that listens, from the settings to its routes. */
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { ProcessInit } from "../boot/init-message.ts";
import { createLogger } from "../boot/logger.ts";
import { portError } from "../boot/supervisor.ts";
import { describeProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import { createPlacedCallAnnouncer } from "../entry/http/announce-call.ts";
import type { ApiParts, Carrier } from "../entry/http/api-parts.ts";
import { type CallBook, createCallBook } from "../entry/http/call-book.ts";
import { createConversations } from "../entry/http/conversations.ts";
import { createApi } from "../entry/http/create-api.ts";
import { createLiveCalls, type LiveCalls } from "../entry/http/live-calls.ts";
import { createMetrics, type Metrics } from "../entry/http/metrics.ts";
import type { ProcessLink } from "../entry/process-link.ts";
import type { DashboardState } from "../entry/process-messages.ts";
import type { RouteMount } from "../platform/http/route-mount.ts";
import {
  connectStreamTwiml,
  dialTwiml,
  emptyTwiml,
  hangUpTwiml,
  sayAndHangUpTwiml,
} from "../providers/twilio/twiml.ts";
import { verifyTwilioSignature } from "../providers/twilio/verify-signature.ts";
import { openAccess } from "./access.ts";
import { admitWithinBudget } from "./billing.ts";
import { openGates } from "./call-gates.ts";
import { createCallReader } from "./call-reader.ts";
import { discloseByPolicy } from "./disclose-by-policy.ts";
import { type Features, openFeatures } from "./features.ts";
import { openLimits } from "./limits.ts";
import { modelRedactions } from "./model-redactions.ts";
import { mountFeatures } from "./mount-features.ts";
import { createCallPlanner } from "./plan-call.ts";
import { createPlanTools } from "./plan-tools.ts";
import { clock, openStores } from "./stores.ts";

const packageVersion = () =>
  String(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version);

function createTwilioCarrier(authToken: string): Carrier {
  return {
    verify: (request) => verifyTwilioSignature({ authToken, ...request }),
    connect: connectStreamTwiml,
    sayAndHangUp: sayAndHangUpTwiml,
    dial: dialTwiml,
    hangUp: hangUpTwiml,
    nothing: emptyTwiml,
  };
}

/** What changes while the process runs. */
interface NodeState {
  dashboard: DashboardState;
  draining: boolean;
  port: number;
}

interface Listeners {
  readonly book: CallBook;
  readonly live: LiveCalls;
  readonly metrics: Metrics;
}

/** What the supervisor and the media processes tell reaches those who keep it. */
function followNode(link: ProcessLink, node: NodeState, { book, live, metrics }: Listeners): void {
  link.onNotice("dashboard", (state) => void Object.assign(node, { dashboard: state }));
  link.onNotice("drain", () => void Object.assign(node, { draining: true }));
  link.onNotice("load", ({ mediaIndex, load }) => metrics.onLoad(mediaIndex, load));
  link.onNotice("fact", (fact) => {
    book.onFact(fact);
    live.onFact(fact);
    metrics.onFact(fact);
  });
}

const openPlanner = (config: Config, features: Features) =>
  createCallPlanner({
    config,
    clock,
    agents: discloseByPolicy(features.agents, features.organizationSettings),
    planTools: createPlanTools(features),
    gates: {
      ...openGates,
      admission: admitWithinBudget(features.callAdmissions, features.billing),
      numbers: features.numberRouter,
      keys: features.vendorKeys,
      screening: features.callScreening,
      callers: features.callerFacts,
      redactions: modelRedactions(features.db),
    },
  });

/** The features, as the routes see them. */
function featureParts(features: Features, init: ProcessInit) {
  return {
    ...openAccess(features),
    recordDeed: ((deed, act) =>
      features.db.withOrg(deed.orgId, async (tx) => {
        await features.audit.append(tx, deed);
        await act();
      })) satisfies ApiParts["recordDeed"],
    noteReading: features.callArchive.noteReading,
    carrier: createTwilioCarrier(init.twilioAuthToken),
    telephony: {
      accounts: features.connections,
      numbers: features.numberRouter,
      outbound: features.outbound,
      inbound: features.inbound,
      texts: features.notifications,
    },
    idempotency: features.idempotency,
    isSuspended: (orgId: string) => features.standings.isSuspended(orgId),
    mountFeatures: (mount: RouteMount) => mountFeatures(mount, features),
  };
}

/** What the settings say of this node. */
function settingParts(config: Config, init: ProcessInit) {
  const providerStatus = describeProviders(config);
  return {
    providerStatus,
    version: packageVersion(),
    embedded: config.embedded,
    mediaProcesses: init.mediaProcesses,
    notes: providerStatus.flatMap((status) => status.missing ?? []),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
  };
}

/** Before anybody calls. No other process loads what this needs. */
async function prepareNode(config: Config, init: ProcessInit, log: Logger): Promise<void> {
  const { databaseUrl: appUrl, demoApiKey } = init;
  if (appUrl === undefined) return;
  const { prepareOrganization } = await import("../boot/prepare-organization.ts");
  await prepareOrganization({ appUrl, masterKey: Buffer.from(init.masterKey, "base64"), demoApiKey, config, log });
}

/** The process that listens. Resolves with what ends it. */
export async function startApiProcess(
  config: Config,
  init: ProcessInit,
  link: ProcessLink,
): Promise<() => Promise<void>> {
  const log = createLogger(config.logLevel, "api");
  const node: NodeState = { dashboard: init.dashboard, draining: false, port: init.port };
  // A later life finds it done, and calls of other processes alive.
  if (init.deadProcessId === undefined) await prepareNode(config, init, log);
  const stores = openStores(init, log);
  const limits = openLimits(config, stores, log);
  const origin = () => config.publicUrl ?? `http://localhost:${node.port}`;
  const features = openFeatures(stores, { ...limits, config, log, origin });
  const book = createCallBook();
  const calls = createCallReader(stores.calls);
  const live = createLiveCalls({ clock, link, book, calls });
  const metrics = createMetrics();
  followNode(link, node, { book, live, metrics });
  const planCall = openPlanner(config, features);
  features.placeWith({ planCall, ...createPlacedCallAnnouncer({ planCall, clock, link, book }) });
  features.utterances.converseWith(createConversations({ planCall, clock, link, book, calls }));
  const app = await createApi({
    ...{ clock, log, book, metrics, link, planCall, calls, live },
    ...settingParts(config, init),
    ...featureParts(features, init),
    limits: limits.requests,
    port: () => node.port,
    dashboard: () => node.dashboard,
    isDraining: () => node.draining,
  });
  node.port = await listen(app, { host: config.host, port: init.port });
  link.notify("ready", { port: node.port });
  return async () => {
    await app.close();
    features.closeVoices();
    limits.close();
    await stores.pool.end();
  };
}

async function listen(app: FastifyInstance, at: { host: string; port: number }): Promise<number> {
  try {
    await app.listen(at);
  } catch (error) {
    throw portError(at, error instanceof Error ? error : new Error(String(error)));
  }
  const address = app.server.address();
  return typeof address === "object" && address ? address.port : at.port;
}
