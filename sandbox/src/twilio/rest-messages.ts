import { setTimeout as sleep } from "node:timers/promises";
import { askPlatform, type PlatformAnswer } from "./platform-client.ts";
import { phoneNumberPattern, type RestAnswer, RestError } from "./rest-answer.ts";
import type { TwilioWorld } from "./world.ts";

/** A text message, either way. */
export interface SentMessage {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly direction: "outbound-api" | "inbound";
  readonly createdAt: Date;
  status: "queued" | "sent" | "delivered" | "undelivered" | "failed" | "received";
  sentAt?: Date;
  errorCode?: number;
}

const maxBodyChars = 1600;
const mostOnPage = 1000;
const stopWords = new Set(["stop", "stopall", "unsubscribe", "cancel", "end", "quit"]);
const startWords = new Set(["start", "yes", "unstop"]);

export function createMessage(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  form: URLSearchParams,
): RestAnswer {
  const wanted = checkMessage(world, form);
  const message: SentMessage = {
    ...{ ...wanted, sid: world.newSid("SM"), direction: "outbound-api", createdAt: new Date(), status: "queued" },
  };
  messages.set(message.sid, message);
  const answer = { status: 201, body: messageResource(world, message) };
  void deliver(world, message, form.get("StatusCallback"));
  // The caller never hears that it was taken.
  if (world.faults().messages?.loseAnswer === true) return { ...answer, lost: true };
  return answer;
}

function checkMessage(world: TwilioWorld, form: URLSearchParams): { to: string; from: string; body: string } {
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
  if (world.optedOut.has(`${from} ${to}`)) throw new RestError(400, 21610, "Attempt to send to unsubscribed recipient");
  if (body === "") throw new RestError(400, 21602, "Message body is required.");
  if (body.length > maxBodyChars)
    throw new RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
  return { to, from, body };
}

export function fetchMessage(world: TwilioWorld, messages: Map<string, SentMessage>, sid: string): RestAnswer {
  const message = messages.get(sid);
  if (message === undefined)
    throw new RestError(404, 20404, `The requested resource /Messages/${sid}.json was not found`);
  return { status: 200, body: messageResource(world, message) };
}

/** Newest first, by To, From and the day or time of sending, in pages. */
export function listMessages(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  query: URLSearchParams,
): RestAnswer {
  const pageSize = Math.min(mostOnPage, Math.max(1, Number(query.get("PageSize") ?? 50)));
  const page = Number(query.get("Page") ?? 0);
  const found = [...messages.values()].reverse().filter((message) => isWanted(message, query));
  const items = found.slice(page * pageSize, (page + 1) * pageSize);
  const path = `/2010-04-01/Accounts/${world.accountSid}/Messages.json`;
  const uriOf = (number: number) => {
    const next = new URLSearchParams(query);
    next.set("Page", String(number));
    return `${path}?${next.toString()}`;
  };
  const envelope = {
    ...{ page, page_size: pageSize, start: page * pageSize, end: page * pageSize + Math.max(0, items.length - 1) },
    ...{ uri: uriOf(page), first_page_uri: uriOf(0), previous_page_uri: page === 0 ? null : uriOf(page - 1) },
    next_page_uri: (page + 1) * pageSize < found.length ? uriOf(page + 1) : null,
  };
  return { status: 200, body: { messages: items.map((message) => messageResource(world, message)), ...envelope } };
}

function isWanted(message: SentMessage, query: URLSearchParams): boolean {
  const to = query.get("To");
  const from = query.get("From");
  if ((to !== null && message.to !== to) || (from !== null && message.from !== from)) return false;
  const [on, after, before] = ["DateSent", "DateSent>", "DateSent<"].map((name) => query.get(name));
  if (!on && !after && !before) return true;
  // What is not sent yet has no date to be found by.
  if (message.sentAt === undefined) return false;
  const sentMs = message.sentAt.getTime();
  if (on && message.sentAt.toISOString().slice(0, 10) !== on.slice(0, 10)) return false;
  return !(after && sentMs < Date.parse(after)) && !(before && sentMs > Date.parse(before));
}

async function deliver(world: TwilioWorld, message: SentMessage, callback: string | null): Promise<void> {
  const { outcome = "delivered", errorCode } = world.faults().messages ?? {};
  const steps = outcome === "failed" ? (["failed"] as const) : (["sent", outcome] as const);
  for (const status of steps) {
    await sleep(20);
    message.status = status;
    message.sentAt ??= new Date();
    const isBad = status === "failed" || status === "undelivered";
    if (isBad) message.errorCode = errorCode ?? 30003;
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
      ...(isBad ? { ErrorCode: String(message.errorCode) } : {}),
    });
    // Whether the platform takes the report is the platform's affair; Twilio does not try again.
    await askPlatform(world.access, { url: callback, method: "POST" }, fields).catch(() => undefined);
  }
}

export interface InboundMessage {
  readonly from: string;
  /** One of the account's numbers. */
  readonly to: string;
  readonly body: string;
  /** Twilio tells again what it got no answer to; the same id then. */
  readonly sid?: string;
}

/** Somebody writes to one of the account's numbers: Twilio minds STOP and START itself, and tells the number's SmsUrl. */
export async function receiveMessage(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  inbound: InboundMessage,
): Promise<PlatformAnswer> {
  const { from, to, body, sid = world.newSid("SM") } = inbound;
  const number = world.numbers.find((each) => each.phoneNumber === to);
  if (number === undefined) throw new Error(`receiveMessage: ${to} is no number of this account`);
  const word = body.trim().toLowerCase();
  if (stopWords.has(word)) world.optedOut.add(`${to} ${from}`);
  if (startWords.has(word)) world.optedOut.delete(`${to} ${from}`);
  messages.set(sid, { sid, from, to, body, direction: "inbound", createdAt: new Date(), status: "received" });
  if (number.smsUrl === "") throw new Error(`receiveMessage: ${to} has no SmsUrl`);
  const fields = new URLSearchParams({
    AccountSid: world.accountSid,
    ApiVersion: "2010-04-01",
    Body: body,
    From: from,
    FromCity: "",
    FromCountry: "",
    MessageSid: sid,
    NumMedia: "0",
    NumSegments: "1",
    SmsMessageSid: sid,
    SmsSid: sid,
    SmsStatus: "received",
    To: to,
  });
  return await askPlatform(world.access, { url: number.smsUrl, method: number.smsMethod }, fields);
}

function messageResource(world: TwilioWorld, message: SentMessage) {
  return {
    sid: message.sid,
    account_sid: world.accountSid,
    messaging_service_sid: null,
    from: message.from,
    to: message.to,
    body: message.body,
    status: message.status,
    direction: message.direction,
    num_segments: String(Math.ceil(message.body.length / 153)),
    num_media: "0",
    date_created: message.createdAt.toUTCString().replace("GMT", "+0000"),
    date_sent: message.sentAt?.toUTCString().replace("GMT", "+0000") ?? null,
    date_updated: (message.sentAt ?? message.createdAt).toUTCString().replace("GMT", "+0000"),
    error_code: message.errorCode ?? null,
    error_message: null,
    price: null,
    price_unit: "USD",
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${world.accountSid}/Messages/${message.sid}.json`,
  };
}
