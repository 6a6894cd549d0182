/** Twilio's webhooks. Everything but a valid signature over the public URL is 403, in every mode. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isOver, readStatusReport } from "../../features/phone-numbers/index.ts";
import { onAnswered, onIncoming } from "./answer-phone.ts";
import type { ApiParts } from "./api-parts.ts";
import { type Asked, answerXml, type Form, fieldOf, parseForm, placedCallOf, sayAndHangUp } from "./carrier-request.ts";
import { actsFor, findSigners, refuseWebhook, type Signer, speaksFor } from "./carrier-signature.ts";
import { onText, onTextStatus } from "./carrier-texts.ts";
import { carrierWords } from "./carrier-words.ts";
import { onDialOver, onLineOver, onStreamOver } from "./leave-stream.ts";
import { publicOrigin } from "./origin.ts";

const maxFormBytes = 64 * 1024;
const signersOf = new WeakMap<FastifyRequest, readonly Signer[]>();

type Answer = (asked: Asked) => FastifyReply | Promise<FastifyReply>;

const answers: Readonly<Record<string, Answer>> = {
  incoming: onIncoming,
  outbound: onAnswered,
  "connect-action": onStreamOver,
  resume: onStreamOver,
  "dial-action": onDialOver,
  status: onStatus,
  sms: onText,
  "text-status": onTextStatus,
  // Asked when the incoming address failed.
  fallback: (asked) => sayAndHangUp(asked, carrierWords(undefined), "busy"),
};

export async function addTwilioRoutes(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: "buffer" as const, bodyLimit: maxFormBytes };
    scope.addContentTypeParser<Buffer>("*", options, async (_request: FastifyRequest, body: Buffer) => parseForm(body));
    scope.addHook("preHandler", async (request, reply) => checkSignature(parts, request, reply));
    for (const [path, answer] of Object.entries(answers)) {
      scope.post(`/telephony/twilio/${path}`, { schema: { hide: true } }, async (request, reply) => {
        const { fields } = formOf(request);
        return answer({ parts, request, reply, fields, signers: signersOf.get(request) ?? [] });
      });
    }
  });
}

const formOf = (request: FastifyRequest) => (request.body ?? { fields: {}, raw: Buffer.alloc(0) }) as Form;

async function checkSignature(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const asked = { parts, request, reply };
  const origin = publicOrigin(parts.publicUrl, request.headers.host);
  if (origin === undefined) return refuseWebhook(asked, "PUBLIC_URL is not set");
  const header = request.headers["x-twilio-signature"];
  const { fields, raw } = formOf(request);
  const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
  const signature = typeof header === "string" ? header : undefined;
  const signed = { signature, url: `${origin}${request.url}`, fields: isJson ? {} : fields, rawBody: raw };
  const signers = await findSigners(parts, signed, fieldOf(fields, "AccountSid"));
  signersOf.set(request, signers);
  if (signers.length > 0) return undefined;
  return refuseWebhook(asked, signature === undefined ? "no signature" : "wrong signature");
}

/** Whose call a report is about, as far as whoever signed it may speak for them. */
async function organizationOfReport(asked: Asked): Promise<string | undefined> {
  const { parts, fields, signers } = asked;
  const callId = placedCallOf(asked);
  if (callId !== undefined) {
    const placer = await parts.telephony.outbound.placerOf(callId);
    return placer !== undefined && speaksFor(signers, placer) ? placer.orgId : undefined;
  }
  const to = fieldOf(fields, "To");
  const owner = to === undefined ? undefined : await parts.telephony.numbers.ownerOf(to);
  if (owner !== undefined) return speaksFor(signers, owner) ? owner.orgId : undefined;
  const booked = parts.book.findByExternalId(fieldOf(fields, "CallSid") ?? "");
  return booked !== undefined && actsFor(signers, booked.orgId) ? booked.orgId : undefined;
}

async function onStatus(asked: Asked): Promise<FastifyReply> {
  const { parts, fields } = asked;
  const report = readStatusReport(fields);
  const orgId = report && (await organizationOfReport(asked));
  if (report && orgId !== undefined) await parts.telephony.outbound.onReport(orgId, report, placedCallOf(asked));
  if (report && isOver(report.CallStatus)) await onLineOver(asked);
  return answerXml(asked, parts.carrier.nothing());
}
