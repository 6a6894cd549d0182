/** A call's stream is over, or the phone that was dialled for the caller: what they hear next. Nobody is left on a silent line. */
import type { FastifyReply } from "fastify";
import { readDialReport } from "../../features/phone-numbers/index.ts";
import { announceCall } from "./announce-call.ts";
import { type BookedCall, neverBegan } from "./call-book.ts";
import {
  type Asked,
  answerXml,
  connectToMedia,
  fieldOf,
  isOutbound,
  originOf,
  partyOf,
  sayAndHangUp,
} from "./carrier-request.ts";
import { actsFor } from "./carrier-signature.ts";
import { carrierWords } from "./carrier-words.ts";

/** How long the carrier's question waits for the media process to say how the call ended. */
const settleMs = 1000;
const dialTimeoutSeconds = 25;

/** The call as this process knows it, when whoever signed may speak for it. */
function bookedCallOf({ parts, fields, signers }: Asked): BookedCall | undefined {
  const externalId = fieldOf(fields, "CallSid");
  const found = externalId === undefined ? undefined : parts.book.findByExternalId(externalId);
  return found && actsFor(signers, found.orgId) ? found : undefined;
}

/** Because the call is over, because it goes to another phone, or because its media process died under it. */
export async function onStreamOver(asked: Asked): Promise<FastifyReply> {
  const { parts, fields } = asked;
  const call = bookedCallOf(asked);
  const cannotCome = call?.state === "waiting" && fieldOf(fields, "StreamError") !== undefined;
  if (call && !cannotCome) await parts.book.settled(call, settleMs);
  const words = carrierWords(call?.language);
  if (call && neverBegan(call)) {
    await enterUnheard(asked, call);
    return sayAndHangUp(asked, words, isOutbound(asked) ? "cannotSpeak" : "cutOff");
  }
  if (call?.state !== "ended") return sayAndHangUp(asked, words, "cutOff");
  const number = call.transferTo?.replaceAll(/[^\d+]/g, "");
  if (number === undefined || number === "") return answerXml(asked, parts.carrier.hangUp());
  call.transferTo = undefined;
  const callerId = fieldOf(fields, isOutbound(asked) ? "From" : "To");
  const actionUrl = `${originOf(asked)}/telephony/twilio/dial-action`;
  return answerXml(asked, parts.carrier.dial({ number, callerId, timeoutSeconds: dialTimeoutSeconds, actionUrl }));
}

/** On record, with what is known of why. */
async function enterUnheard(asked: Asked, call: BookedCall): Promise<void> {
  const { outbound, inbound } = asked.parts.telephony;
  const { orgId, callId } = call;
  if (isOutbound(asked)) await outbound.fail({ orgId, callId, reason: "stream-failed" });
  else await inbound.enterUnheard({ ...call, ...partyOf(asked) });
}

/** The caller's line is gone, and no stream was ever opened: nothing else will tell of it. */
export async function onLineOver(asked: Asked): Promise<void> {
  const call = bookedCallOf(asked);
  if (call && !isOutbound(asked) && neverBegan(call)) await enterUnheard(asked, call);
}

/** The other phone hung up, or nobody took it: then the caller is back with the agent. */
export async function onDialOver(asked: Asked): Promise<FastifyReply> {
  const { parts, fields } = asked;
  const call = bookedCallOf(asked);
  const report = readDialReport(fields);
  if (call && report) await parts.telephony.outbound.onDialReport(call.orgId, report);
  const status = report?.DialCallStatus;
  const isCallerGone = fieldOf(fields, "CallStatus") !== "in-progress";
  if (status === "completed" || status === "answered" || isCallerGone) {
    return answerXml(asked, parts.carrier.hangUp());
  }
  const back = call && (await goBack(asked, call));
  return back ?? sayAndHangUp(asked, carrierWords(call?.language), "nobodyThere");
}

/** Undefined: the agent cannot go on. */
async function goBack(asked: Asked, call: BookedCall): Promise<FastifyReply | undefined> {
  const { parts, signers, request } = asked;
  const { orgId, agentId, agentVersion, variant, language } = call;
  const connectionId = signers.find((signer) => signer.orgId === orgId)?.connectionId;
  // The carrier asks again: it waits already.
  if (call.state === "waiting") return connectToMedia(asked, { ...call, connectionId });
  const externalId = call.externalId ?? "";
  const afterTransfer = {
    ...{ orgId, agentId, isEmergency: call.transferBy === "emergency" },
    ...(agentVersion === undefined ? {} : { version: agentVersion }),
    ...(variant === undefined ? {} : { variant }),
  };
  try {
    const announced = await announceCall(parts, {
      ...{ channel: "phone", externalId, language, afterTransfer, ...partyOf(asked) },
      ...(isOutbound(asked) ? { direction: "outbound" } : {}),
    });
    if (announced.verdict !== "answer") return undefined;
    const { assignment, mediaIndex } = announced;
    return connectToMedia(asked, { mediaIndex, token: assignment.token, connectionId });
  } catch (error) {
    request.log.error({ kind: error instanceof Error ? error.name : "unknown" }, "a caller could not go back");
    return undefined;
  }
}
