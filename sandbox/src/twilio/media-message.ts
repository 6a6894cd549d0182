/** A message from the platform, checked as strictly as Twilio does (error 31924 otherwise). */
export type PlatformMessage =
  | { readonly event: "media"; readonly payload: string }
  | { readonly event: "mark"; readonly name: string }
  | { readonly event: "clear" }
  | { readonly event: "refused"; readonly why: string };

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function readPlatformMessage(text: string, streamSid: string): PlatformMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return refuse("not JSON");
  }
  if (!isRecord(message)) return refuse("not a JSON object");
  const { event } = message;
  if (event !== "media" && event !== "mark" && event !== "clear")
    return refuse(`unsupported event ${JSON.stringify(event)}`);
  if (message["streamSid"] !== streamSid) return refuse(`${event}: streamSid is missing or not this stream's`);
  if (event === "clear") return { event };
  const part = message[event];
  if (!isRecord(part)) return refuse(`${event}: no "${event}" object`);
  if (event === "mark") {
    const { name } = part;
    return typeof name === "string" && name !== "" ? { event, name } : refuse("mark: mark.name is missing or empty");
  }
  const { payload } = part;
  if (typeof payload !== "string" || payload.length % 4 !== 0 || !base64.test(payload)) {
    return refuse("media: media.payload is not base64");
  }
  return { event, payload };
}

function refuse(why: string): PlatformMessage {
  return { event: "refused", why };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
