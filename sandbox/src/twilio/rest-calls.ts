import { type CallOrder, isOver, type LiveCall } from "./call-record.ts";
import { startCall } from "./place-call.ts";
import { phoneNumberPattern, type RestAnswer, RestError } from "./rest-answer.ts";
import { callSeconds } from "./run-call.ts";
import type { TwilioWorld } from "./world.ts";

const maxTwimlChars = 4000;

export function createCall(world: TwilioWorld, form: URLSearchParams): RestAnswer {
  const to = form.get("To") ?? "";
  const from = form.get("From") ?? "";
  if (to === "") throw new RestError(400, 21201, "No 'To' number is specified");
  if (from === "") throw new RestError(400, 21213, "No 'From' number is specified");
  if (!phoneNumberPattern.test(to))
    throw new RestError(400, 21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  if (!world.numbers.some((number) => number.phoneNumber === from)) {
    throw new RestError(400, 21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
  }
  const order = readOrder(world, form);
  if (order === undefined) throw new RestError(400, 21205, "Url parameter is required.");
  const call = startCall(world, {
    from,
    to,
    order,
    direction: "outbound-api",
    ...optionalCallback(form),
    statusCallbackEvents: form.getAll("StatusCallbackEvent"),
    asyncAmdCallback: form.get("AsyncAmdStatusCallback") ?? undefined,
  });
  return { status: 201, body: callResource(world, call) };
}

export function updateCall(world: TwilioWorld, sid: string, form: URLSearchParams): RestAnswer {
  const call = findCall(world, sid);
  const status = form.get("Status");
  if (status !== null && status !== "completed" && status !== "canceled") {
    throw new RestError(400, 21218, `Invalid ApplicationSid or Status: ${status}`);
  }
  const order = readOrder(world, form);
  if (isOver(call.status)) throw new RestError(404, 20404, `The requested resource ${sid} was not found`);
  if (status === "canceled" && call.status === "in-progress") {
    throw new RestError(400, 21220, "Call is in-progress. Cannot cancel.");
  }
  if (status !== null && call.interrupt === undefined) call.status = "canceled";
  else if (status !== null) call.interrupt?.({ kind: "hang-up", by: "platform" });
  else if (order !== undefined) {
    if (call.interrupt === undefined) throw new RestError(400, 21220, "Call is not in-progress. Cannot redirect.");
    call.interrupt({ kind: "go-to", order });
  }
  return { status: 200, body: callResource(world, call) };
}

export function fetchCall(world: TwilioWorld, sid: string): RestAnswer {
  return { status: 200, body: callResource(world, findCall(world, sid)) };
}

export function createRecording(world: TwilioWorld, sid: string, form: URLSearchParams): RestAnswer {
  const call = findCall(world, sid);
  if (call.status !== "in-progress")
    throw new RestError(400, 21220, "Requested resource is not eligible for recording");
  const channels = form.get("RecordingChannels") === "dual" ? 2 : 1;
  const body = {
    sid: world.newSid("RE"),
    account_sid: world.accountSid,
    call_sid: sid,
    status: "in-progress",
    channels,
  };
  return { status: 201, body };
}

function findCall(world: TwilioWorld, sid: string): LiveCall {
  const call = world.calls.get(sid);
  if (call === undefined) throw new RestError(404, 20404, `The requested resource /Calls/${sid}.json was not found`);
  return call;
}

/** Url wins over Twiml. */
function readOrder(world: TwilioWorld, form: URLSearchParams): CallOrder | undefined {
  const url = form.get("Url");
  if (url !== null) {
    if (URL.parse(url) === null || !/^https?:/.test(url))
      throw new RestError(400, 21205, `Url is not a valid URL: ${url}`);
    return { url, method: form.get("Method") === "GET" ? "GET" : "POST" };
  }
  const twiml = form.get("Twiml");
  if (twiml === null) return undefined;
  if (twiml.length > maxTwimlChars) throw new RestError(400, 21223, `Twiml is longer than ${maxTwimlChars} characters`);
  return { twiml, documentUrl: `${world.restUrl()}/inline-twiml` };
}

function optionalCallback(form: URLSearchParams) {
  const url = form.get("StatusCallback");
  if (url === null) return {};
  const method = form.get("StatusCallbackMethod") === "GET" ? "GET" : "POST";
  return { statusCallback: { url, method } as const };
}

function callResource(world: TwilioWorld, call: LiveCall) {
  const uri = `/2010-04-01/Accounts/${world.accountSid}/Calls/${call.sid}`;
  const over = isOver(call.status);
  return {
    sid: call.sid,
    account_sid: world.accountSid,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: world.numbers[0]?.sid ?? null,
    status: call.status,
    start_time: call.answeredAtMs === undefined ? null : call.createdAt.toUTCString().replace("GMT", "+0000"),
    end_time: over ? new Date().toUTCString().replace("GMT", "+0000") : null,
    duration: over ? String(callSeconds(call)) : null,
    price: null,
    price_unit: "USD",
    direction: call.direction,
    answered_by: call.answeredBy ?? null,
    api_version: "2010-04-01",
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    parent_call_sid: null,
    queue_time: "0",
    trunk_sid: null,
    date_created: call.createdAt.toUTCString().replace("GMT", "+0000"),
    date_updated: call.createdAt.toUTCString().replace("GMT", "+0000"),
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json`, streams: `${uri}/Streams.json` },
  };
}
