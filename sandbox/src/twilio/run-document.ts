import { performance } from "node:perf_hooks";
import { TwilioFailure } from "./alert.ts";
import type { CallOrder, Interruption } from "./call-record.ts";
import { type DocumentRun, postToPlatform } from "./document-run.ts";
import { runConnect } from "./run-connect.ts";
import { gatherDigits, runPrompt } from "./run-prompt.ts";
import { parseTwiml } from "./twiml.ts";
import type { DialVerb, Target, Verb } from "./twiml-verbs.ts";

/** After a verb: the next one, another document, or the end. */
export type Next = { readonly kind: "next" } | Interruption;
const goOn: Next = { kind: "next" };

/** Fetches or reads the document and runs its verbs; gives where the call goes from there (running out is a hang-up). */
export async function runDocument(run: DocumentRun, order: CallOrder): Promise<Interruption> {
  const rules = { allowInsecureStreams: run.world.allowInsecureStreams };
  const [text, documentUrl] =
    "twiml" in order ? [order.twiml, order.documentUrl] : [await fetchDocument(run, order), order.url];
  const verbs = parseTwiml(text, { ...rules, documentUrl });
  if (run.signal.aborted) return interruptionOf(run.signal);
  if (verbs[0]?.verb !== "Reject") answer(run);
  for (const verb of verbs) {
    const next = await runVerb(run, verb);
    if (run.signal.aborted) return interruptionOf(run.signal);
    if (next.kind !== "next") return next;
  }
  return { kind: "hang-up", by: "platform" };
}

/** An inbound call rings until its first document has been read. */
function answer({ call, line }: DocumentRun): void {
  if (call.answeredAtMs !== undefined) return;
  call.answeredAtMs = performance.now();
  call.status = "in-progress";
  line.start();
}

export function interruptionOf(signal: AbortSignal): Interruption {
  return signal.reason as Interruption;
}

async function fetchDocument(run: DocumentRun, target: Target, extra: Record<string, string> = {}): Promise<string> {
  const answer = await postToPlatform(run, target, extra);
  if (answer.status < 200 || answer.status > 299) {
    throw new TwilioFailure(11200, `HTTP retrieval failure: ${target.url} answered ${answer.status}`);
  }
  const type = answer.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "text/xml" && type !== "application/xml") {
    throw new TwilioFailure(12300, `invalid content type "${type}" from ${target.url}: it must be text/xml`);
  }
  return answer.body;
}

async function runVerb(run: DocumentRun, verb: Verb): Promise<Next> {
  switch (verb.verb) {
    case "Say":
    case "Play":
    case "Pause":
      await runPrompt(run, verb);
      return goOn;
    case "Connect": {
      const extra = await runConnect(run, verb.stream);
      return verb.action === undefined || run.signal.aborted ? goOn : followAction(run, verb.action, extra);
    }
    case "Redirect":
      return { kind: "go-to", order: verb.target };
    case "Hangup":
      return { kind: "hang-up", by: "platform" };
    case "Reject":
      run.call.status = verb.reason === "busy" ? "busy" : "no-answer";
      return { kind: "hang-up", by: "platform" };
    case "Gather": {
      const Digits = await gatherDigits(run, verb);
      if (Digits === "" && !verb.actionOnEmptyResult) return goOn;
      return followAction(run, verb.action, { Digits });
    }
    case "Record": {
      const { finishOnKey, maxLengthMs } = verb;
      const wait = { prompts: [], finishOnKey, numDigits: 1, timeoutMs: maxLengthMs, keepFinishingKey: true };
      const startedAtMs = performance.now();
      const Digits = await gatherDigits(run, wait);
      const RecordingDuration = String(Math.round((performance.now() - startedAtMs) / 1000));
      const RecordingSid = run.world.newSid("RE");
      const RecordingUrl = `${run.world.restUrl()}/2010-04-01/Accounts/${run.world.accountSid}/Recordings/${RecordingSid}`;
      return followAction(run, verb.action, { Digits, RecordingSid, RecordingUrl, RecordingDuration });
    }
    case "Dial":
      return runDial(run, verb);
  }
}

/** The other leg is not simulated: whom the platform dials is recorded and the fault settings say how it went. */
async function runDial(run: DocumentRun, verb: DialVerb): Promise<Next> {
  run.call.dialed.push(...verb.targets.map((target) => target.name));
  await run.world.pause(run.world.dial.durationMs, run.signal);
  if (verb.action === undefined || run.signal.aborted) return goOn;
  const { status } = run.world.dial;
  const bridged = status === "completed" || status === "answered";
  return followAction(run, verb.action, {
    DialCallStatus: status,
    DialCallSid: run.world.newSid("CA"),
    DialBridged: String(bridged),
    ...(bridged ? { DialCallDuration: String(Math.ceil(run.world.dial.durationMs / 1000)) } : {}),
  });
}

/** Posts to an `action` address and goes on with the document it answers. */
async function followAction(run: DocumentRun, target: Target, extra: Record<string, string>): Promise<Next> {
  if (run.signal.aborted) return goOn;
  const twiml = await fetchDocument(run, target, extra);
  return { kind: "go-to", order: { twiml, documentUrl: target.url } };
}
