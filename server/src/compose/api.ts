/** The process that listens, from the settings to its routes. */
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { ProcessInit } from "../boot/init-message.ts";
import { createLogger } from "../boot/logger.ts";
import { portError } from "../boot/supervisor.ts";
import { describeProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import { createPlacedCallAnnouncer } from "../entry/http/announce-call.ts";
import type { Carrier } from "../entry/http/api-parts.ts";
import { createCallBook } from "../entry/http/call-book.ts";
import { createConversations } from "../entry/http/conversations.ts";
import { createApi } from "../entry/http/create-api.ts";
import { createLiveCalls } from "../entry/http/live-calls.ts";
import { createMetrics } from "../entry/http/metrics.ts";
import type { ProcessLink } from "../entry/process-link.ts";
import type { DashboardState } from "../entry/process-messages.ts";
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
import { openFeatures } from "./features.ts";
import { openLimits } from "./limits.ts";
import { mountFeatures } from "./mount-features.ts";
import { createCallPlanner } from "./plan-call.ts";
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

/** The process that listens. Resolves with what ends it. */
export async function startApiProcess(
  config: Config,
  init: ProcessInit,
  link: ProcessLink,
): Promise<() => Promise<void>> {
  const log = createLogger(config.logLevel, "api");
  const stores = openStores(init, log);
  const limits = openLimits(config, stores, log);
  const origin = () => config.publicUrl ?? `http://localhost:${node.port}`;
  const features = openFeatures(stores, { ...limits, config, log, origin });
  const book = createCallBook();
  const calls = createCallReader(stores.calls);
  const live = createLiveCalls({ clock, link, book, calls });
  const metrics = createMetrics();
  const node: { dashboard: DashboardState; draining: boolean; port: number } = {
    dashboard: init.dashboard,
    draining: false,
    port: init.port,
  };
  link.onNotice("dashboard", (state) => void Object.assign(node, { dashboard: state }));
  link.onNotice("drain", () => void Object.assign(node, { draining: true }));
  link.onNotice("load", ({ mediaIndex, load }) => metrics.onLoad(mediaIndex, load));
  link.onNotice("fact", (fact) => {
    book.onFact(fact);
    live.onFact(fact);
    metrics.onFact(fact);
  });
  const planCall = createCallPlanner({
    config,
    clock,
    agents: discloseByPolicy(features.agents, features.organizationSettings),
    gates: {
      ...openGates,
      admission: admitWithinBudget(features.callAdmissions, features.billing),
      numbers: features.numberRouter,
      keys: features.vendorKeys,
      screening: features.callScreening,
      callers: features.callerFacts,
    },
  });
  features.placeWith({ planCall, ...createPlacedCallAnnouncer({ planCall, clock, link, book }) });
  features.utterances.converseWith(createConversations({ planCall, clock, link, book, calls }));
  const providerStatus = describeProviders(config);
  const app = await createApi({
    ...{ clock, log, book, metrics, link, providerStatus },
    version: packageVersion(),
    embedded: config.embedded,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    ...openAccess(features),
    mediaProcesses: init.mediaProcesses,
    port: () => node.port,
    planCall,
    ...{ calls, live },
    recordDeed: (deed, act) =>
      features.db.withOrg(deed.orgId, async (tx) => {
        await features.audit.append(tx, deed);
        await act();
      }),
    carrier: createTwilioCarrier(init.twilioAuthToken),
    telephony: { accounts: features.connections, numbers: features.numberRouter, outbound: features.outbound },
    notes: providerStatus.flatMap((status) => status.missing ?? []),
    dashboard: () => node.dashboard,
    isDraining: () => node.draining,
    idempotency: features.idempotency,
    limits: limits.requests,
    isSuspended: (orgId) => features.standings.isSuspended(orgId),
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    mountFeatures: (mount) => mountFeatures(mount, features),
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
