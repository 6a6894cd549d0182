/** A phone rings here, or one that we rang was answered: which call it joins, or which sentence it hears. */
import type { FastifyReply } from "fastify";
import { demoOrganization } from "../../features/organizations/index.ts";
import { AppError } from "../../kernel/app-error.ts";
import { type AnnouncedCall, announceCall } from "./announce-call.ts";
import type { PlanRequest } from "./api-parts.ts";
import {
  type Asked,
  answerXml,
  connectToMedia,
  fieldOf,
  partyOf,
  placedCallOf,
  sayAndHangUp,
} from "./carrier-request.ts";
import { actsFor, refuseWebhook, speaksFor } from "./carrier-signature.ts";
import { carrierWords } from "./carrier-words.ts";

export async function onIncoming(asked: Asked): Promise<FastifyReply> {
  const { parts, fields, signers } = asked;
  const externalId = fieldOf(fields, "CallSid");
  if (externalId === undefined)
    throw new AppError("bad_request", { publicMessage: "CallSid is missing: send Twilio's voice webhook fields." });
  const party = partyOf(asked);
  return await answerInWords(asked, async () => {
    const owner = party.to === undefined ? undefined : await parts.telephony.numbers.ownerOf(party.to);
    if (owner !== undefined && !speaksFor(signers, owner)) {
      return refuseWebhook(asked, "signed by an account that does not own the number");
    }
    // The trial's numbers are nobody's: its own account alone brings calls to it.
    if (owner === undefined && !actsFor(signers, demoOrganization.orgId)) {
      return sayAndHangUp(asked, carrierWords(undefined), "unclaimed");
    }
    if (owner?.isRouted === false) return sayAndHangUp(asked, carrierWords(undefined), "unclaimed");
    const tellOwner = () => noteMissed(asked, owner?.orgId, { externalId, ...party });
    const announced = await announceCall(parts, { channel: "phone", externalId, ...party }).catch((error: unknown) => {
      tellOwner();
      throw error;
    });
    if (announced.verdict === "refuse" && !unwanted.has(announced.reason)) tellOwner();
    return joinCall(asked, announced, owner?.connectionId);
  });
}

/** Whom the owner does not want to hear of. */
const unwanted: ReadonlySet<string> = new Set(["blocked", "anonymous"]);

/** Nobody waits for it: the caller hears a sentence meanwhile. */
function noteMissed(
  { parts, request }: Asked,
  orgId: string | undefined,
  { externalId, from }: { externalId: string; from?: string },
): void {
  if (orgId === undefined) return;
  const call = { externalId, ...(from === undefined ? {} : { from }) };
  parts.telephony.texts.onMissedCall(orgId, call).catch((error: unknown) => {
    const kind = error instanceof Error ? error.name : "unknown";
    request.log.error({ kind }, "the owner could not be told of a missed call");
  });
}

/** A call the platform placed was answered. It was announced when it was placed, and waits. */
export async function onAnswered(asked: Asked): Promise<FastifyReply> {
  const { parts, fields, signers } = asked;
  const { outbound } = parts.telephony;
  const externalId = fieldOf(fields, "CallSid");
  const callId = placedCallOf(asked);
  const placer = callId === undefined ? undefined : await outbound.placerOf(callId);
  if (callId === undefined || placer === undefined || externalId === undefined || !speaksFor(signers, placer)) {
    return refuseWebhook(asked, "signed by an account that did not place the call");
  }
  const { orgId, connectionId } = placer;
  const order = await outbound.takeAnswered({ orgId, callId, externalId });
  const waiting = parts.book.find(callId);
  // Given up, or somebody speaks already.
  if (order === undefined || waiting?.state === "live" || waiting?.state === "ended") {
    return answerXml(asked, parts.carrier.hangUp());
  }
  if (waiting?.state === "waiting") {
    parts.book.name(waiting, externalId);
    return connectToMedia(asked, { ...waiting, connectionId });
  }
  const { agentId, version, variables, language, from, to } = order;
  const anew: PlanRequest = {
    ...{ channel: "phone", direction: "outbound", orgId, callId, agentId, language, from, to },
    ...(version === undefined ? {} : { version }),
    ...(variables === undefined ? {} : { variables }),
  };
  const giveUp = (reason: string) => outbound.fail({ orgId, callId, reason });
  return await answerInWords(asked, async () => {
    const announced = await announceCall(parts, { ...anew, externalId }).catch(async (error: unknown) => {
      await giveUp(error instanceof AppError ? error.code.replaceAll("_", "-") : "failed");
      throw error;
    });
    if (announced.verdict !== "answer") await giveUp("refused");
    return joinCall(asked, announced, connectionId);
  });
}

/** Somebody is on the line: whatever broke, they hear a sentence. */
async function answerInWords(asked: Asked, answer: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    const code = error instanceof AppError ? error.code : "internal";
    const kind = error instanceof Error ? error.name : "unknown";
    asked.request.log.error({ code, kind }, "a phone call could not be taken");
    return sayAndHangUp(asked, carrierWords(undefined), "busy");
  }
}

function joinCall(asked: Asked, announced: AnnouncedCall, connectionId: string | undefined): FastifyReply {
  if (announced.verdict === "unclaimed") return sayAndHangUp(asked, carrierWords(undefined), "unclaimed");
  if (announced.verdict === "refuse") {
    return answerXml(asked, asked.parts.carrier.sayAndHangUp(announced.words, announced.language));
  }
  const { assignment, mediaIndex } = announced;
  return connectToMedia(asked, { mediaIndex, token: assignment.token, connectionId });
}
