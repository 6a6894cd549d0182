/** The only file that knows everybody: from settings to the two kinds of process. */
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { browserFormat, phoneFormat } from "./audio/frame.ts";
import type { ProcessInit } from "./boot/init-message.ts";
import { createLogger, toLogLine } from "./boot/logger.ts";
import { joinMediaHost } from "./boot/media-process.ts";
import { portError } from "./boot/supervisor.ts";
import { preparePhrases } from "./call/phrases.ts";
import { runCall } from "./call/run-call.ts";
import { createPacer } from "./call/speak/pacer.ts";
import { createPhraseCache, phraseVoiceOf } from "./call/speak/phrase-cache.ts";
import { chooseProviders, describeProviders } from "./choose-providers.ts";
import type { Config } from "./config.ts";
import type { ApiParts, CallReader, Carrier } from "./entry/http/api-parts.ts";
import { createCallBook } from "./entry/http/call-book.ts";
import { createApi } from "./entry/http/create-api.ts";
import { createMetrics } from "./entry/http/metrics.ts";
import type { AcceptSocket } from "./entry/media/live-sockets.ts";
import { createMediaHost, type PreparedCall } from "./entry/media/media-host.ts";
import type { ProcessLink } from "./entry/process-link.ts";
import type { CallAssignment, DashboardState } from "./entry/process-messages.ts";
import { compileDemoPlan, demoProfile } from "./features/agents/index.ts";
import { createAppointments } from "./features/appointments/index.ts";
import {
  type CallStore,
  type CallSummary,
  createCallStore,
  createEventWriter,
  type EventWriter,
} from "./features/calls/index.ts";
import { createMessages } from "./features/messages/index.ts";
import { createOrganizations, demoOrganization } from "./features/organizations/index.ts";
import { createToolRunner, toolSpecs } from "./features/tools/index.ts";
import { AppError } from "./kernel/app-error.ts";
import { systemClock } from "./kernel/clock.ts";
import { createPool } from "./platform/db/connect.ts";
import { newId } from "./platform/db/new-id.ts";
import { createOrgDb } from "./platform/db/org-db.ts";
import { ownProcessId } from "./platform/db/process-identity.ts";
import { createProviderBench } from "./provider-bench.ts";
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
  const bench = await createProviderBench({ config, clock, log });
  const pacer = createPacer(clock);
  const phraseCache = createPhraseCache();

  const tools = createTools(stores, log);

  const prepareCall = (assignment: CallAssignment): PreparedCall => {
    const { plan, channel } = assignment;
    const chosen = bench.choose(assignment);
    const waiting = new AbortController();
    if (chosen.textToSpeech !== undefined) {
      // While the phone still rings: the greeting's first frame must cost no vendor's time.
      const voice = phraseVoiceOf(plan, chosen.textToSpeech, channel === "phone" ? phoneFormat : browserFormat);
      void preparePhrases({
        plan,
        voice,
        clock,
        textToSpeech: chosen.textToSpeech,
        cache: phraseCache,
        signal: waiting.signal,
      });
    }
    return {
      describe: (_transport, microphone) => ({
        recogniser: chosen.speechToText && microphone ? "platform" : microphone ? "client" : "none",
        voice: chosen.textToSpeech !== undefined,
      }),
      start({ transport, sinks, signal }) {
        const clientRecogniser = transport.channel === "web" && chosen.speechToText === undefined;
        const call = runCall({
          plan,
          transport,
          sinks,
          signal,
          clock,
          pacer,
          phraseCache,
          tools,
          clientRecogniser,
          ...chosen,
        });
        return {
          done: call.done,
          hangUp: () => call.push({ type: "operator", command: { type: "hang-up" } }),
          sayGoodbye: () => call.push({ type: "drain" }),
        };
      },
      dispose: () => waiting.abort(),
    };
  };
  const host = createMediaHost({
    clock,
    log,
    maxCalls: config.maxCallsPerProcess,
    prepareCall,
    acceptors: { twilio: acceptTwilio, browser: acceptBrowser },
    openRecord: (assignment) => openRecord(writer, processId, assignment),
    onFact: (fact) => link.notify("fact", fact),
  });
  joinMediaHost(host, link, init.mediaIndex);
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

const isoOrNull = (atMs: number | undefined) => (atMs === undefined ? null : new Date(atMs).toISOString());

function toCall(summary: CallSummary) {
  const { id, agentId, agentName, language, channel, direction, status, turns } = summary;
  return {
    ...{ id, agentId, agentName, language, channel, direction, status, turns },
    externalId: summary.externalId ?? null,
    from: summary.from ?? null,
    to: summary.to ?? null,
    startedAt: new Date(summary.startedAtMs).toISOString(),
    endedAt: isoOrNull(summary.endedAtMs),
    durationMs: summary.durationMs ?? null,
    hangUpReason: summary.hangUpReason ?? null,
    firstAudioP50Ms: summary.firstAudioP50Ms ?? null,
  };
}

function createCallReader(store: CallStore, orgId: string): CallReader {
  return {
    async list(query) {
      const { calls, nextCursor } = await store.listCalls(orgId, query);
      return { items: calls.map(toCall), nextCursor: nextCursor ?? null };
    },
    async get(callId) {
      const summary = await store.getCall(orgId, callId);
      return summary && toCall(summary);
    },
    async events(callId, { limit, cursor }) {
      if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) {
        throw new AppError("bad_request", {
          publicMessage: "cursor is not one this list gave out. Leave it away to start at the first event.",
        });
      }
      const afterSeq = cursor === undefined ? -1 : Number(cursor);
      const items = await store.listEvents(orgId, callId, { afterSeq, limit });
      const last = items?.length === limit ? items.at(-1) : undefined;
      return items && { items, nextCursor: last ? String(last.seq) : null };
    },
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
