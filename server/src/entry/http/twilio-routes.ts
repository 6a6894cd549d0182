/** Twilio's webhooks. Everything but a valid signature over the public URL is 403, in every mode. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import { announceCall } from "./announce-call.ts";
import type { ApiParts } from "./api-parts.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";
import { sendProblem } from "./problem.ts";

type Fields = Readonly<Record<string, string | readonly string[]>>;
interface Form {
  readonly raw: Buffer;
  readonly fields: Fields;
}

/** How long the carrier's question waits for the media process to say how the call ended. */
const settleMs = 1000;
const maxFormBytes = 64 * 1024;
const wordsBusy = "All our lines are busy right now. Please call again in a few minutes. Goodbye.";
const wordsUnclaimed = "This number is not in service. Please check the number and call again. Goodbye.";
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

const xml = (reply: FastifyReply, text: string) => reply.header("content-type", "text/xml; charset=utf-8").send(text);

export async function addTwilioRoutes(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: "buffer" as const, bodyLimit: maxFormBytes };
    scope.addContentTypeParser<Buffer>("*", options, async (_request: FastifyRequest, body: Buffer) => parseForm(body));
    scope.addHook("preHandler", async (request, reply) => checkSignature(parts, request, reply));
    scope.post("/telephony/twilio/incoming", { schema: { hide: true } }, (request, reply) =>
      onIncoming(parts, request, reply),
    );
    for (const path of ["/telephony/twilio/connect-action", "/telephony/twilio/resume"]) {
      scope.post(path, { schema: { hide: true } }, (request, reply) => onStreamOver(parts, request, reply));
    }
    scope.post("/telephony/twilio/status", { schema: { hide: true } }, async (_request, reply) =>
      xml(reply, parts.carrier.nothing()),
    );
  });
}

async function checkSignature(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const origin = publicOrigin(parts.publicUrl, request.headers.host);
  const header = request.headers["x-twilio-signature"];
  const { fields, raw } = (request.body ?? { fields: {}, raw: Buffer.alloc(0) }) as Form;
  const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
  const signature = typeof header === "string" ? header : undefined;
  const url = `${origin}${request.url}`;
  const signed = { signature, url, fields: isJson ? {} : fields, rawBody: raw };
  if (origin !== undefined && parts.carrier.verify(signed)) return undefined;
  parts.metrics.addRefusedWebhook();
  const why =
    origin === undefined ? "PUBLIC_URL is not set" : signature === undefined ? "no signature" : "wrong signature";
  request.log.warn({ route: request.routeOptions.url, why }, "a webhook was refused");
  return sendProblem(reply, "bad_signature", {
    detail:
      origin === undefined
        ? "Set PUBLIC_URL to the address Twilio calls, so that its signature can be checked."
        : "Sign with the account's auth token (TWILIO_AUTH_TOKEN) over the public URL (PUBLIC_URL) and every field.",
  });
}

async function onIncoming(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { fields } = request.body as Form;
  const externalId = fieldOf(fields, "CallSid");
  if (externalId === undefined)
    throw new AppError("bad_request", { publicMessage: "CallSid is missing: send Twilio's voice webhook fields." });
  const from = fieldOf(fields, "From");
  const to = fieldOf(fields, "To");
  const party = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  try {
    const announced = await announceCall(parts, { channel: "phone", externalId, ...party });
    if (announced.verdict === "unclaimed") return xml(reply, parts.carrier.sayAndHangUp(wordsUnclaimed, "en-US"));
    if (announced.verdict === "refuse") {
      return xml(reply, parts.carrier.sayAndHangUp(announced.words, announced.language));
    }
    const origin = publicOrigin(parts.publicUrl, request.headers.host) ?? "";
    return xml(
      reply,
      parts.carrier.connect({
        streamUrl: `${socketOrigin(origin)}/telephony/twilio/media/${announced.mediaIndex}`,
        token: announced.assignment.token,
        actionUrl: `${origin}/telephony/twilio/connect-action`,
        resumeUrl: `${origin}/telephony/twilio/resume`,
      }),
    );
  } catch (error) {
    // The caller is on the line: whatever broke, they hear a sentence.
    const code = error instanceof AppError ? error.code : "internal";
    request.log.error(
      { code, kind: error instanceof Error ? error.name : "unknown" },
      "an incoming call could not be taken",
    );
    return xml(reply, parts.carrier.sayAndHangUp(wordsBusy, "en-US"));
  }
}

/** The stream is over: because the call is, or because its media process died under it. */
async function onStreamOver(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const externalId = fieldOf((request.body as Form).fields, "CallSid");
  const call = externalId === undefined ? undefined : parts.book.findByExternalId(externalId);
  if (call) await parts.book.settled(call, settleMs);
  if (call?.state === "ended") return xml(reply, parts.carrier.hangUp());
  return xml(reply, parts.carrier.sayAndHangUp(wordsCutOff, "en-US"));
}
