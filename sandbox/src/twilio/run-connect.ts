import type { WebSocket } from "ws";
import { type DocumentRun, postToPlatform } from "./document-run.ts";
import { MediaStream, type StreamRecord } from "./media-stream.ts";
import { openMediaSocket } from "./platform-client.ts";
import type { StreamNoun } from "./twiml-verbs.ts";

type Opened = { readonly socket: WebSocket } | { readonly code: number; readonly message: string };

/**
 * `<Connect><Stream>`: blocks until the platform closes the socket or the call goes elsewhere.
 * Gives the extra fields of the `action` request.
 */
export async function runConnect(run: DocumentRun, noun: StreamNoun): Promise<Record<string, string>> {
  const { world, call, line, signal } = run;
  const streamSid = world.newSid("MZ");
  const fields = { StreamSid: streamSid, ...(noun.name === undefined ? {} : { StreamName: noun.name }) };
  const unreachable = { code: 31920, message: "the stream's server cannot be reached" };
  const opened = world.faults().withoutStreams === true ? unreachable : await openSocket(run, noun.url);
  if ("code" in opened) {
    call.alerts.push({ code: opened.code, message: opened.message });
    await reportStream(run, noun, { ...fields, StreamEvent: "stream-error", StreamError: opened.message });
    return { ...fields, StreamError: opened.message };
  }
  const record: StreamRecord = {
    streamSid,
    url: noun.url,
    customParameters: noun.customParameters,
    marks: [],
    clears: [],
    framesSent: 0,
    mediaMessages: 0,
    mediaBytes: 0,
    overflowed: false,
  };
  call.streams.push(record);
  const stream = new MediaStream(opened.socket, record, {
    accountSid: world.accountSid,
    callSid: call.sid,
    playout: line.playout,
    faults: () => world.faults().stream ?? {},
    now: () => performance.now(),
    onAlert: (code, message) => call.alerts.push({ code, message }),
    onClear: (droppedBytes) => call.caller.onClear?.(droppedBytes, performance.now()),
  });
  line.stream = stream;
  const onAbort = () => stream.stop();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) stream.stop();
  call.caller.onStream?.();
  const started = reportStream(run, noun, { ...fields, StreamEvent: "stream-started" });
  const end = await stream.ended;
  signal.removeEventListener("abort", onAbort);
  line.stream = undefined;
  line.silence();
  if (end === "broken") call.alerts.push({ code: 31921, message: "the media socket broke without a close frame" });
  await started;
  await reportStream(run, noun, { ...fields, StreamEvent: "stream-stopped" });
  return fields;
}

function openSocket(run: DocumentRun, url: string): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = openMediaSocket(run.world.access, url);
    socket.once("open", () => {
      socket.removeAllListeners("error");
      resolve({ socket });
    });
    socket.once("unexpected-response", (_request, response) => {
      resolve({ code: 31920, message: `the stream's server answered ${response.statusCode}, not 101` });
      response.resume();
      socket.on("error", () => {});
      socket.terminate();
    });
    socket.on("error", (error) => {
      const timedOut = error.message.includes("timed out");
      resolve(timedOut ? { code: 31901, message: "connection timeout" } : { code: 31902, message: error.message });
    });
  });
}

async function reportStream(run: DocumentRun, noun: StreamNoun, fields: Record<string, string>): Promise<void> {
  if (noun.statusCallback === undefined) return;
  const Timestamp = new Date().toISOString();
  await postToPlatform(run, noun.statusCallback, { ...fields, Timestamp }).catch(() => undefined);
}
