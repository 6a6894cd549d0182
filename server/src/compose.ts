/** The only file that knows everybody: from settings to the two kinds of process. */
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { ProcessInit } from "./boot/init-message.ts";
import { createLogger, toLogLine } from "./boot/logger.ts";
import { joinMediaHost } from "./boot/media-process.ts";
import { portError } from "./boot/supervisor.ts";
import { createCallReader } from "./call-reader.ts";
import { chooseProviders, describeProviders } from "./choose-providers.ts";
import type { Config } from "./config.ts";
import type { ApiParts, Carrier } from "./entry/http/api-parts.ts";
import { createCallBook } from "./entry/http/call-book.ts";
import { createApi } from "./entry/http/create-api.ts";
import { createMetrics } from "./entry/http/metrics.ts";
import type { AcceptSocket } from "./entry/media/live-sockets.ts";
import { createMediaHost } from "./entry/media/media-host.ts";
import type { ProcessLink } from "./entry/process-link.ts";
import type { CallAssignment, DashboardState } from "./entry/process-messages.ts";
import { compileDemoPlan, demoProfile } from "./features/agents/index.ts";
import { createAppointments } from "./features/appointments/index.ts";
import { type CallStore, createCallStore, createEventWriter, type EventWriter } from "./features/calls/index.ts";
import { createMessages } from "./features/messages/index.ts";
import { createOrganizations, demoOrganization } from "./features/organizations/index.ts";
import { createToolRunner, toolSpecs } from "./features/tools/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { createPool } from "./platform/db/connect.ts";
import { newId } from "./platform/db/new-id.ts";
import { createOrgDb } from "./platform/db/org-db.ts";
import { ownProcessId } from "./platform/db/process-identity.ts";
import { acceptCallSocket } from "./providers/browser/call-socket.ts";
import { acceptMediaStream } from "./providers/twilio/media-stream.ts";
import { connectStreamTwiml, emptyTwiml, hangUpTwiml, sayAndHangUpTwiml } from "./providers/twilio/twiml.ts";
import { verifyTwilioSignature } from "./providers/twilio/verify-signature.ts";

const clock = systemClock;

interface Stores {
  readonly calls: CallStore;
  readonly db: ReturnType<typeof createOrgDb>;
  readonly organizations: ReturnType<typeof createOrganizations>;
  readonly masterKey: Buffer;
  readonly pool: ReturnType<typeof createPool>;
}

function openStores(init: ProcessInit, log: Logger): Stores {
  if (init.databaseUrl === undefined) throw new Error("a process was started without a database");
  const pool = createPool({ url: init.databaseUrl, log: toLogLine(log) });
  const db = createOrgDb(pool);
  const masterKey = Buffer.from(init.masterKey, "base64");
  const organizations = createOrganizations({ db, masterKey });
  return { pool, db, masterKey, organizations, calls: createCallStore({ db, organizations, clock }) };
}

// ---------------------------------------------------------------- media

const acceptTwilio: AcceptSocket = (socket, options) => acceptMediaStream(socket, options);
const acceptBrowser: AcceptSocket = (socket, options) => acceptCallSocket(socket, options);

function openRecord(writer: EventWriter, processId: string, assignment: CallAssignment) {
  const { plan, channel, externalId } = assignment;
  const nowMs = clock.wallNow();
  const sink = writer.openCall({
    orgId: plan.orgId,
    callId: plan.callId,
    agentId: plan.agentId,
    agentName: plan.agentName,
    language: plan.language,
    channel,
    direction: plan.direction,
    startedAtMs: nowMs,
    answeredAtMs: nowMs,
    processId,
    ...(externalId === undefined ? {} : { externalId }),
    ...(plan.from === undefined ? {} : { from: plan.from }),
    ...(plan.to === undefined ? {} : { to: plan.to }),
  });
  return { sink, close: () => undefined };
}

function createTools({ db, organizations }: Stores, log: Logger) {
  return createToolRunner({
    db,
    organizations,
    appointments: createAppointments({ organizations, clock }),
    messages: createMessages({ organizations, clock }),
    profileOf: ({ orgId, agentId }) => (orgId === demoOrganization.orgId ? demoProfile(agentId) : undefined),
    log: toLogLine(log),
  });
}

/** The calls that a dead process carried end where its record does. Never rejects: the next start closes what is left. */
async function closeCallsOf(
  processId: string,
  { calls, writer, log }: { calls: CallStore; writer: EventWriter; log: Logger },
): Promise<void> {
  try {
    await writer.replay();
    const closed = await calls.closeOrphanedCalls({ quietMs: 0, processId });
    if (closed > 0) log.warn({ calls: closed }, "calls that a dead process left open were closed");
  } catch (error) {
    const kind = error instanceof Error ? error.name : "unknown";
    log.error({ kind }, "calls that a dead process left open could not be closed yet");
  }
}

/** One media process. Resolves with what ends it. */
export async function startMediaProcess(
  config: Config,
  init: ProcessInit,
  link: ProcessLink,
): Promise<() => Promise<void>> {
  const log = createLogger(config.logLevel, `media-${init.mediaIndex}`);
  const stores = openStores(init, log);
  const processId = ownProcessId();
  const { dataDir } = config;
  const writer = createEventWriter({
    store: stores.calls,
    clock,
    log: toLogLine(log),
    dataDir,
    masterKey: stores.masterKey,
    processId,
  });
  // Engine, vendors and models are loaded where voices are carried and nowhere else.
  const { createProviderBench } = await import("./provider-bench.ts");
  const { createCallPreparer } = await import("./prepare-call.ts");
  const bench = await createProviderBench({ config, clock, log });
  const tools = createTools(stores, log);
  const host = createMediaHost({
    clock,
    log,
    maxCalls: config.maxCallsPerProcess,
    prepareCall: createCallPreparer({ bench, tools, clock }),
    acceptors: { twilio: acceptTwilio, browser: acceptBrowser },
    openRecord: (assignment) => openRecord(writer, processId, assignment),
    onFact: (fact) => link.notify("fact", fact),
  });
  joinMediaHost(host, link, init.mediaIndex);
  if (init.deadProcessId !== undefined) void closeCallsOf(init.deadProcessId, { calls: stores.calls, writer, log });
  return async () => {
    bench.close();
    await writer.close();
    await stores.pool.end();
  };
}

// ---------------------------------------------------------------- api

const packageVersion = () =>
  String(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);

function createTwilioCarrier(authToken: string): Carrier {
  return {
    verify: (request) => verifyTwilioSignature({ authToken, ...request }),
    connect: connectStreamTwiml,
    sayAndHangUp: sayAndHangUpTwiml,
    hangUp: hangUpTwiml,
    nothing: emptyTwiml,
  };
}

const planner =
  (config: Config): ApiParts["planCall"] =>
  async ({ channel, language, from, to }) => {
    // With a database of the owner's, a number must be claimed; nobody can claim one before the numbers have a page.
    if (channel === "phone" && !config.embedded) return undefined;
    const plan = compileDemoPlan({
      callId: newId("call", clock.wallNow()),
      orgId: demoOrganization.orgId,
      tools: toolSpecs,
      turnPolicy: { preemptiveGeneration: config.preemptiveGeneration },
      ...(language === undefined ? {} : { language }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
    return { plan, providers: chooseProviders(config, plan.language) };
  };

/** The process that listens. Resolves with what ends it. */
export async function startApiProcess(
  config: Config,
  init: ProcessInit,
  link: ProcessLink,
): Promise<() => Promise<void>> {
  const log = createLogger(config.logLevel, "api");
  const stores = openStores(init, log);
  const book = createCallBook();
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
    metrics.onFact(fact);
  });
  const providerStatus = describeProviders(config);
  const app = await createApi({
    ...{ clock, log, book, metrics, link, providerStatus },
    version: packageVersion(),
    embedded: config.embedded,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    demoApiKey: init.demoApiKey,
    mediaProcesses: init.mediaProcesses,
    port: () => node.port,
    planCall: planner(config),
    calls: createCallReader(stores.calls, demoOrganization.orgId),
    carrier: createTwilioCarrier(init.twilioAuthToken),
    notes: providerStatus.flatMap((status) => status.missing ?? []),
    dashboard: () => node.dashboard,
    isDraining: () => node.draining,
  });
  node.port = await listen(app, { host: config.host, port: init.port });
  link.notify("ready", { port: node.port });
  return async () => {
    await app.close();
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
