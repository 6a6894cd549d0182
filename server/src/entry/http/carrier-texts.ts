/** Texts: what people write to the organisation's numbers, and how those fare that were sent from them. */
import type { FastifyReply } from "fastify";
import type { InboundText } from "../../features/notifications/index.ts";
import { type Asked, answerXml, fieldOf } from "./carrier-request.ts";
import { speaksFor } from "./carrier-signature.ts";

/** Whose number it is, where whoever signed may speak for it. */
async function ownerOf({ parts, signers }: Asked, number: string | undefined): Promise<string | undefined> {
  const owner = number === undefined ? undefined : await parts.telephony.numbers.ownerOf(number);
  return owner !== undefined && speaksFor(signers, owner) ? owner.orgId : undefined;
}

const optOutTypes: Readonly<Record<string, NonNullable<InboundText["carrierMeaning"]>>> = {
  ...{ STOP: "stop", START: "start", HELP: "help" },
};

/** Counted, and taken once for each of the carrier's ids. Answered in words later, from a job: a reply here could be lost. */
export async function onText(asked: Asked): Promise<FastifyReply> {
  const { parts, fields } = asked;
  const [from, to, externalId] = ["From", "To", "MessageSid"].map((name) => fieldOf(fields, name));
  const orgId = await ownerOf(asked, to);
  if (orgId !== undefined && to !== undefined) {
    await parts.telephony.numbers.countSms(to);
    const carrierMeaning = optOutTypes[fieldOf(fields, "OptOutType") ?? ""];
    const text = { body: fieldOf(fields, "Body") ?? "", ...(carrierMeaning === undefined ? {} : { carrierMeaning }) };
    if (from && externalId) await parts.telephony.texts.onText(orgId, { externalId, from, to, ...text });
  }
  return answerXml(asked, parts.carrier.nothing());
}

/** Its address names the notification: a report may come before we know the carrier's own id. */
export async function onTextStatus(asked: Asked): Promise<FastifyReply> {
  const { parts, fields, request } = asked;
  const notificationId = (request.query as Readonly<Record<string, unknown>>)["notification"];
  const [externalId, status] = [fieldOf(fields, "MessageSid"), fieldOf(fields, "MessageStatus")];
  const orgId = await ownerOf(asked, fieldOf(fields, "From"));
  const isOurs = typeof notificationId === "string" && /^ntf_[a-z0-9]{1,60}$/.test(notificationId);
  if (orgId !== undefined && isOurs && externalId && status) {
    const errorCode = Number(fieldOf(fields, "ErrorCode"));
    const known = Number.isInteger(errorCode) && errorCode > 0 ? { errorCode } : {};
    await parts.telephony.texts.onReport(orgId, { notificationId, text: { externalId, status, ...known } });
  }
  return answerXml(asked, parts.carrier.nothing());
}
