/** Twilio's webhooks. Everything but a valid signature over the public URL is 403, in every mode. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readStatusReport } from "../../features/phone-numbers/index.ts";
import { AppError } from "../../kernel/app-error.ts";
import { type AnnouncedCall, announceCall } from "./announce-call.ts";
import type { ApiParts } from "./api-parts.ts";
import { actsFor, findSigners, refuseWebhook, type Signer, speaksFor } from "./carrier-signature.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";

type Fields = Readonly<Record<string, string | readonly string[]>>;
interface Form {
  readonly raw: Buffer;
  readonly fields: Fields;
}

/** How long the carrier's question waits for the media process to say how the call ended. */
const settleMs = 1000;
const maxFormBytes = 64 * 1024;
const dialTimeoutSeconds = 25;
const wordsBusy = "All our lines are busy right now. Please call again in a few minutes. Goodbye.";
const wordsUnclaimed = "This number is not in service. Please check the number and call again. Goodbye.";
const wordsNobodyThere = "I'm sorry, nobody could take your call. Please call us again. Goodbye.";
const wordsCutOff = "I'm sorry, we were cut off. Please call us again. Goodbye.";

function parseForm(raw: Buffer): Form {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(raw.toString("utf8"))) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else fields[name] = [...(typeof before === "string" ? [before] : before), value];
  }
  return { raw, fields };
}

function fieldOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  const text = typeof value === "string" ? value : value?.[0];
  return text === "" ? undefined : text;
}

const signersOf = new WeakMap<FastifyRequest, readonly Signer[]>();
const signersFor = (request: FastifyRequest): readonly Signer[] => signersOf.get(request) ?? [];

/** Of a call the platform placed: its addresses carry the call's id. */
function placedCallOf({ query }: FastifyRequest): string | undefined {
  const callId = (query as Readonly<Record<string, unknown>>)["call"];
  return typeof callId === "string" && /^call_[a-z0-9]{1,60}$/.test(callId) ? callId : undefined;
}

const xml = (reply: FastifyReply, text: string) => reply.header("content-type", "text/xml; charset=utf-8").send(text);

export async function addTwilioRoutes(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: "buffer" as const, bodyLimit: maxFormBytes };
    scope.addContentTypeParser<Buffer>("*", options, async (_request: FastifyRequest, body: Buffer) => parseForm(body));
    scope.addHook("preHandler", async (request, reply) => checkSignature(parts, request, reply));
    type Answer = (
      parts: ApiParts,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => FastifyReply | Promise<FastifyReply>;
    const answer = (path: string, handle: Answer) =>
      scope.post(`/telephony/twilio/${path}`, { schema: { hide: true } }, async (request, reply) =>
        handle(parts, request, reply),
      );
    answer("incoming", onIncoming);
    answer("outbound", onAnswered);
    answer("connect-action", onStreamOver);
    answer("resume", onStreamOver);
    answer("dial-action", onDialOver);
    answer("status", onStatus);
    answer("sms", onMessage);
    // Asked when the incoming address failed.
    answer("fallback", (_parts, _request, reply) => xml(reply, parts.carrier.sayAndHangUp(wordsBusy, "en-US")));
  });
}

async function checkSignature(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const origin = publicOrigin(parts.publicUrl, request.headers.host);
  if (origin === undefined) return refuseWebhook(parts, request, reply, "PUBLIC_URL is not set");
  const header = request.headers["x-twilio-signature"];
  const { fields, raw } = (request.body ?? { fields: {}, raw: Buffer.alloc(0) }) as Form;
  const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
  const signature = typeof header === "string" ? header : undefined;
  const signed = { signature, url: `${origin}${request.url}`, fields: isJson ? {} : fields, rawBody: raw };
  const signers = await findSigners(parts, signed, fieldOf(fields, "AccountSid"));
  signersOf.set(request, signers);
  if (signers.length > 0) return undefined;
  return refuseWebhook(parts, request, reply, signature === undefined ? "no signature" : "wrong signature");
}

async function onIncoming(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { fields } = request.body as Form;
  const externalId = fieldOf(fields, "CallSid");
  if (externalId === undefined)
    throw new AppError("bad_request", { publicMessage: "CallSid is missing: send Twilio's voice webhook fields." });
  const from = fieldOf(fields, "From");
  const to = fieldOf(fields, "To");
  const party = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return await answerInWords({ parts, request, reply }, async () => {
    const owner = to === undefined ? undefined : await parts.telephony.numbers.ownerOf(to);
    if (owner !== undefined && !speaksFor(signersFor(request), owner)) {
      return refuseWebhook(parts, request, reply, "signed by an account that does not own the number");
    }
    if (owner?.isRouted === false) return xml(reply, parts.carrier.sayAndHangUp(wordsUnclaimed, "en-US"));
    const announced = await announceCall(parts, { channel: "phone", externalId, ...party });
    return connectCall({ parts, request, reply }, announced, owner?.connectionId);
  });
}

/** A call the platform placed was answered. */
async function onAnswered(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const externalId = fieldOf((request.body as Form).fields, "CallSid");
  const callId = placedCallOf(request);
  const orgId = callId === undefined ? undefined : await parts.telephony.outbound.organizationOf(callId);
  const signer = signersFor(request).find((each) => each.orgId === orgId && each.connectionId !== undefined);
  if (callId === undefined || orgId === undefined || signer === undefined || externalId === undefined) {
    return refuseWebhook(parts, request, reply, "signed by an account that did not place the call");
  }
  const order = await parts.telephony.outbound.takeAnswered({ orgId, callId, externalId });
  // Asked twice, or after it was given up: there is nobody to speak.
  if (order === undefined) return xml(reply, parts.carrier.hangUp());
  const { agentId, version, variables, language, from, to } = order;
  return await answerInWords({ parts, request, reply }, async () => {
    const announced = await announceCall(parts, {
      ...{ channel: "phone", direction: "outbound", orgId, callId, externalId, agentId, language, from, to },
      ...(version === undefined ? {} : { version }),
      ...(variables === undefined ? {} : { variables }),
    }).catch(async (error: unknown) => {
      await parts.telephony.outbound.giveBack({ orgId, callId });
      throw error;
    });
    if (announced.verdict !== "answer") await parts.telephony.outbound.giveBack({ orgId, callId });
    return connectCall({ parts, request, reply }, announced, signer.connectionId);
  });
}

interface Asked {
  readonly parts: ApiParts;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The caller is on the line: whatever broke, they hear a sentence. */
async function answerInWords(
  { parts, request, reply }: Asked,
  answer: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    const code = error instanceof AppError ? error.code : "internal";
    request.log.error(
      { code, kind: error instanceof Error ? error.name : "unknown" },
      "a phone call could not be taken",
    );
    return xml(reply, parts.carrier.sayAndHangUp(wordsBusy, "en-US"));
  }
}

/** The socket's path names the connection, so that its signature can be checked before the first message. */
function connectCall(
  { parts, request, reply }: Asked,
  announced: AnnouncedCall,
  connectionId: string | undefined,
): FastifyReply {
  if (announced.verdict === "unclaimed") return xml(reply, parts.carrier.sayAndHangUp(wordsUnclaimed, "en-US"));
  if (announced.verdict === "refuse") {
    return xml(reply, parts.carrier.sayAndHangUp(announced.words, announced.language));
  }
  const origin = publicOrigin(parts.publicUrl, request.headers.host) ?? "";
  const account = connectionId === undefined ? "" : `/${connectionId}`;
  return xml(
    reply,
    parts.carrier.connect({
      streamUrl: `${socketOrigin(origin)}/telephony/twilio/media/${announced.mediaIndex}${account}`,
      token: announced.assignment.token,
      actionUrl: `${origin}/telephony/twilio/connect-action`,
      resumeUrl: `${origin}/telephony/twilio/resume`,
    }),
  );
}

/** The stream is over: because the call is, because it goes to another phone, or because its media process died under it. */
async function onStreamOver(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { fields } = request.body as Form;
  const externalId = fieldOf(fields, "CallSid");
  const found = externalId === undefined ? undefined : parts.book.findByExternalId(externalId);
  const call = found && actsFor(signersFor(request), found.orgId) ? found : undefined;
  if (call) await parts.book.settled(call, settleMs);
  if (call?.state !== "ended") return xml(reply, parts.carrier.sayAndHangUp(wordsCutOff, "en-US"));
  const number = call.transferTo?.replaceAll(/[^\d+]/g, "");
  if (number === undefined || number === "") return xml(reply, parts.carrier.hangUp());
  call.transferTo = undefined;
  const origin = publicOrigin(parts.publicUrl, request.headers.host) ?? "";
  const isOutbound = fieldOf(fields, "Direction")?.startsWith("outbound") === true;
  const callerId = fieldOf(fields, isOutbound ? "From" : "To");
  const actionUrl = `${origin}/telephony/twilio/dial-action`;
  return xml(reply, parts.carrier.dial({ number, callerId, timeoutSeconds: dialTimeoutSeconds, actionUrl }));
}

/** The other phone hung up, or nobody took it. */
function onDialOver(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = fieldOf((request.body as Form).fields, "DialCallStatus");
  if (status === "completed" || status === "answered") return xml(reply, parts.carrier.hangUp());
  return xml(reply, parts.carrier.sayAndHangUp(wordsNobodyThere, "en-US"));
}

/** Whose call a report is about, as far as whoever signed it may speak for them. */
async function organizationOfReport(parts: ApiParts, request: FastifyRequest): Promise<string | undefined> {
  const { fields } = request.body as Form;
  const signers = signersFor(request);
  const callId = placedCallOf(request);
  if (callId !== undefined) {
    const orgId = await parts.telephony.outbound.organizationOf(callId);
    return orgId !== undefined && actsFor(signers, orgId) ? orgId : undefined;
  }
  const to = fieldOf(fields, "To");
  const owner = to === undefined ? undefined : await parts.telephony.numbers.ownerOf(to);
  if (owner !== undefined) return speaksFor(signers, owner) ? owner.orgId : undefined;
  const booked = parts.book.findByExternalId(fieldOf(fields, "CallSid") ?? "");
  return booked !== undefined && actsFor(signers, booked.orgId) ? booked.orgId : undefined;
}

async function onStatus(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const report = readStatusReport((request.body as Form).fields);
  const orgId = report && (await organizationOfReport(parts, request));
  if (report && orgId !== undefined) await parts.telephony.outbound.onReport(orgId, report, placedCallOf(request));
  return xml(reply, parts.carrier.nothing());
}

/** Counted for now; its text is not kept. */
async function onMessage(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const to = fieldOf((request.body as Form).fields, "To");
  const owner = to === undefined ? undefined : await parts.telephony.numbers.ownerOf(to);
  if (to !== undefined && owner !== undefined && speaksFor(signersFor(request), owner)) {
    await parts.telephony.numbers.countSms(to);
  }
  return xml(reply, parts.carrier.nothing());
}
