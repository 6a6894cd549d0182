/**
 * X-Twilio-Signature: base64(HMAC-SHA1(authToken, url + sorted name+value)). The URL is the public one, as Twilio asked for
 * it; Twilio drops the port on https and keeps it on http, and callers of the check cannot know, so every form is tried.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export type FormFields = Readonly<Record<string, string | readonly string[]>>;

/** The signature Twilio would send. `url` exactly as requested, with its query. */
export function signTwilioRequest(authToken: string, url: string, fields: FormFields = {}): string {
  const names = Object.keys(fields).sort();
  const signed = names.reduce((text, name) => text + fieldText(name, fields[name] ?? ""), url);
  return createHmac("sha1", authToken).update(signed, "utf8").digest("base64");
}

function fieldText(name: string, value: string | readonly string[]): string {
  if (typeof value === "string") return name + value;
  return [...new Set(value)].sort().reduce((text, item) => text + name + item, "");
}

const defaultPorts: Readonly<Record<string, string>> = { "https:": "443", "wss:": "443", "http:": "80", "ws:": "80" };

/** Splits before the path, so that the characters of path and query stay exactly as they came. */
function splitOrigin(url: string): { scheme: string; host: string; port: string; rest: string } | undefined {
  const match = /^(https?:|wss?:)\/\/(?:[^/?#@]*@)?(\[[^\]]+\]|[^/?#:]+)(?::(\d+))?(.*)$/s.exec(url);
  if (!match) return undefined;
  return { scheme: match[1] ?? "", host: match[2] ?? "", port: match[3] ?? "", rest: match[4] ?? "" };
}

function candidateUrls(url: string): string[] {
  const parts = splitOrigin(url);
  if (!parts) return [url];
  const { scheme, host, port, rest } = parts;
  const isSocket = scheme.startsWith("ws");
  const origins = [port ? `${scheme}//${host}:${port}` : `${scheme}//${host}`, `${scheme}//${host}`];
  origins.push(`${scheme}//${host}:${defaultPorts[scheme] ?? ""}`);
  const rests = isSocket ? [rest.replace(/\/$/, ""), `${rest.replace(/\/$/, "")}/`] : [rest];
  return [url, ...origins.flatMap((origin) => rests.map((end) => origin + end))];
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function bodyHashMatches(url: string, rawBody: Uint8Array | undefined): boolean {
  const expected = /[?&]bodySHA256=([0-9a-fA-F]+)/.exec(url)?.[1];
  if (expected === undefined) return true;
  const actual = createHash("sha256")
    .update(rawBody ?? "")
    .digest("hex");
  return sameText(expected.toLowerCase(), actual);
}

export interface SignedRequest {
  readonly authToken: string;
  readonly signature: string | undefined;
  /** Public URL: http(s) for a webhook, ws(s) for a socket. */
  readonly url: string;
  readonly fields?: FormFields;
  /** Needed when the URL carries `bodySHA256`. */
  readonly rawBody?: Uint8Array;
}

/** True when the request was signed with the token. Never throws. */
export function verifyTwilioSignature(request: SignedRequest): boolean {
  const { signature, authToken, url } = request;
  if (!signature || authToken === "") return false;
  if (!bodyHashMatches(url, request.rawBody)) return false;
  // Every candidate is compared, so that the time taken says nothing about which one came close.
  let matched = false;
  for (const candidate of new Set(candidateUrls(url))) {
    if (sameText(signTwilioRequest(authToken, candidate, request.fields), signature)) matched = true;
  }
  return matched;
}
