import { createHmac } from "node:crypto";

/**
 * X-Twilio-Signature of a form POST, or of a GET or a WebSocket upgrade when `fields` is left out.
 * `url` is the public URL, exactly as the platform named it.
 */
export function signRequest(authToken: string, url: string, fields?: URLSearchParams): string {
  let signed = signedForm(url);
  if (fields !== undefined) {
    const names = [...new Set(fields.keys())].sort(byCodeUnit);
    for (const name of names) {
      const values = [...new Set(fields.getAll(name))].sort(byCodeUnit);
      for (const value of values) signed += name + value;
    }
  }
  return createHmac("sha1", authToken).update(signed, "utf8").digest("base64");
}

/** Twilio drops user, password and port of https voice addresses before it signs; every other scheme keeps them. */
function signedForm(url: string): string {
  return url.replace(/^https:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::\d+)?/, "https://$1");
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
