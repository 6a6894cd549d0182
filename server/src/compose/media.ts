/** One media process, from the settings to its live calls. */
import type { Logger } from "pino";
import type { ProcessInit } from "../boot/init-message.ts";
import { createLogger, toLogLine } from "../boot/logger.ts";
import { joinMediaHost } from "../boot/media-process.ts";
import type { Config } from "../config.ts";
import type { AcceptSocket } from "../entry/media/live-sockets.ts";
import { createMediaHost } from "../entry/media/media-host.ts";
import type { ProcessLink } from "../entry/process-link.ts";
import type { CallAssignment } from "../entry/process-messages.ts";
import { type CallStore, createEventWriter, type EventWriter } from "../features/calls/index.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import { acceptCallSocket } from "../providers/browser/call-socket.ts";
import { acceptMediaStream } from "../providers/twilio/media-stream.ts";
import { openRecordingKeeper, recordingOf } from "./recordings.ts";
import { openRetrieval } from "./retrieval.ts";
import { clock, openStores } from "./stores.ts";
import { openTools } from "./tools.ts";

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
    ...(plan.agentVersion === undefined ? {} : { agentVersion: plan.agentVersion }),
    ...(plan.variant === undefined ? {} : { variant: plan.variant }),
    language: plan.language,
    channel,
    direction: plan.direction,
    startedAtMs: nowMs,
    answeredAtMs: nowMs,
    processId,
    ...(externalId === undefined ? {} : { externalId }),
    ...(plan.from === undefined ? {} : { from: plan.from }),
    ...(plan.to === undefined ? {} : { to: plan.to }),
    ...(plan.contactId === undefined ? {} : { contactId: plan.contactId }),
  });
  return { sink, close: () => undefined };
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
  const retrieval = openRetrieval(stores, { config, log: toLogLine(log), databaseUrl: init.databaseUrl ?? "" });
  const { toolRunner: tools } = openTools(stores, {
    ...{ config, log: toLogLine(log) },
    retrieverOf: (orgId) => retrieval.retrieverOfOrg(orgId),
  });
  const keeper = openRecordingKeeper(stores, { config, log: toLogLine(log), processId });
  const host = createMediaHost({
    clock,
    log,
    maxCalls: config.maxCallsPerProcess,
    prepareCall: createCallPreparer({
      ...{ bench, tools, clock },
      recordingOf: (call) => recordingOf(keeper, call),
      retrieverOf: (assignment) => retrieval.retrieverOf(assignment),
    }),
    acceptors: { twilio: acceptTwilio, browser: acceptBrowser },
    openRecord: (assignment) => openRecord(writer, processId, assignment),
    flushRecords: () => writer.flush(),
    failedRecordings: () => keeper.stats().failed,
    onFact: (fact) => link.notify("fact", fact),
    sendLiveEvents: (callId, events) => link.request("liveEvents", { callId, events }),
    onWatchDropped: (callId) => link.notify("watchDropped", { callId }),
  });
  joinMediaHost(host, link, init.mediaIndex);
  if (init.deadProcessId !== undefined) void closeCallsOf(init.deadProcessId, { calls: stores.calls, writer, log });
  return async () => {
    bench.close();
    await writer.close();
    await Promise.all([keeper.close(), retrieval.close()]);
    await stores.pool.end();
  };
}
