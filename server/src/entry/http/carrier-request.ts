/** A carrier's webhook request as its handlers see it: fields, who signed it, what is answered. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiParts } from "./api-parts.ts";
import type { Signer } from "./carrier-signature.ts";
import type { CarrierWords } from "./carrier-words.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";

export type Fields = Readonly<Record<string, string | readonly string[]>>;

export interface Form {
  readonly raw: Buffer;
  readonly fields: Fields;
}

export function parseForm(raw: Buffer): Form {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(raw.toString("utf8"))) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else fields[name] = [...(typeof before === "string" ? [before] : before), value];
  }
  return { raw, fields };
}

export function fieldOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  const text = typeof value === "string" ? value : value?.[0];
  return text === "" ? undefined : text;
}

/** A request whose signature was checked. */
export interface Asked {
  readonly parts: ApiParts;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly fields: Fields;
  readonly signers: readonly Signer[];
}

/** Of a call the platform placed: its addresses carry the call's id. */
export function placedCallOf({ request }: Asked): string | undefined {
  const callId = (request.query as Readonly<Record<string, unknown>>)["call"];
  return typeof callId === "string" && /^call_[a-z0-9]{1,60}$/.test(callId) ? callId : undefined;
}

/** Both ends, as far as the carrier tells them. */
export function partyOf({ fields }: Asked): { from?: string; to?: string } {
  const from = fieldOf(fields, "From");
  const to = fieldOf(fields, "To");
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export const isOutbound = ({ fields }: Asked): boolean => fieldOf(fields, "Direction")?.startsWith("outbound") === true;

export const originOf = ({ parts, request }: Asked): string =>
  publicOrigin(parts.publicUrl, request.headers.host) ?? "";

export function answerXml({ reply }: Pick<Asked, "reply">, text: string): FastifyReply {
  return reply.header("content-type", "text/xml; charset=utf-8").send(text);
}

export function sayAndHangUp(asked: Asked, words: CarrierWords, which: Exclude<keyof CarrierWords, "language">) {
  return answerXml(asked, asked.parts.carrier.sayAndHangUp(words[which], words.language));
}

/** Joins the caller to a call that waits. The socket's path names the connection, so that its signature can be checked first. */
export function connectToMedia(
  asked: Asked,
  call: { readonly mediaIndex: number; readonly token: string; readonly connectionId: string | undefined },
): FastifyReply {
  const origin = originOf(asked);
  const account = call.connectionId === undefined ? "" : `/${call.connectionId}`;
  return answerXml(
    asked,
    asked.parts.carrier.connect({
      streamUrl: `${socketOrigin(origin)}/telephony/twilio/media/${call.mediaIndex}${account}`,
      token: call.token,
      actionUrl: `${origin}/telephony/twilio/connect-action`,
      resumeUrl: `${origin}/telephony/twilio/resume`,
    }),
  );
}
