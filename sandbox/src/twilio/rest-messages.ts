import { setTimeout as sleep } from "node:timers/promises";
import { askPlatform } from "./platform-client.ts";
import { phoneNumberPattern, type RestAnswer, RestError } from "./rest-answer.ts";
import type { TwilioWorld } from "./world.ts";

/** A text message the platform sent. */
export interface SentMessage {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  status: "queued" | "sent" | "delivered";
}

const maxBodyChars = 1600;

export function createMessage(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  form: URLSearchParams,
): RestAnswer {
  const to = form.get("To") ?? "";
  const from = form.get("From") ?? "";
  const body = form.get("Body") ?? "";
  const service = form.get("MessagingServiceSid");
  if (to === "") throw new RestError(400, 21604, "A 'To' phone number is required.");
  if (!phoneNumberPattern.test(to)) throw new RestError(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (from === "" && service === null) throw new RestError(400, 21603, "A 'From' phone number is required.");
  if (service === null && !world.numbers.some((number) => number.phoneNumber === from)) {
    throw new RestError(
      400,
      21606,
      `The 'From' phone number ${from} is not a valid message-capable number for this account.`,
    );
  }
  if (body === "") throw new RestError(400, 21602, "Message body is required.");
  if (body.length > maxBodyChars)
    throw new RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
  const message: SentMessage = { sid: world.newSid("SM"), from, to, body, status: "queued" };
  messages.set(message.sid, message);
  void deliver(world, message, form.get("StatusCallback"));
  return { status: 201, body: messageResource(world, message) };
}

export function fetchMessage(world: TwilioWorld, messages: Map<string, SentMessage>, sid: string): RestAnswer {
  const message = messages.get(sid);
  if (message === undefined)
    throw new RestError(404, 20404, `The requested resource /Messages/${sid}.json was not found`);
  return { status: 200, body: messageResource(world, message) };
}

async function deliver(world: TwilioWorld, message: SentMessage, callback: string | null): Promise<void> {
  for (const status of ["sent", "delivered"] as const) {
    await sleep(20);
    message.status = status;
    if (callback === null) continue;
    const fields = new URLSearchParams({
      AccountSid: world.accountSid,
      ApiVersion: "2010-04-01",
      From: message.from,
      MessageSid: message.sid,
      MessageStatus: status,
      SmsSid: message.sid,
      SmsStatus: status,
      To: message.to,
    });
    // Whether the platform takes the report is the platform's affair; Twilio does not try again.
    await askPlatform(world.access, { url: callback, method: "POST" }, fields).catch(() => undefined);
  }
}

function messageResource(world: TwilioWorld, message: SentMessage) {
  return {
    sid: message.sid,
    account_sid: world.accountSid,
    from: message.from,
    to: message.to,
    body: message.body,
    status: message.status,
    direction: "outbound-api",
    num_segments: String(Math.ceil(message.body.length / 153)),
    num_media: "0",
    error_code: null,
    error_message: null,
    price: null,
    price_unit: "USD",
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${world.accountSid}/Messages/${message.sid}.json`,
  };
}
