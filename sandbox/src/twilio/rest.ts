import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { errorAnswer, type RestAnswer, RestError, readForm } from "./rest-answer.ts";
import { createCall, createRecording, fetchCall, updateCall } from "./rest-calls.ts";
import { createMessage, fetchMessage, listMessages, type SentMessage } from "./rest-messages.ts";
import { fetchNumber, listNumbers, updateNumber } from "./rest-numbers.ts";
import type { TwilioWorld } from "./world.ts";

/** One REST request to its answer; Twilio's error bodies included. */
export async function answerRest(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  request: IncomingMessage,
): Promise<RestAnswer> {
  const { restDelayMs, restError } = world.faults();
  if (restDelayMs !== undefined) await sleep(restDelayMs);
  if (restError !== undefined) return errorAnswer(restError);
  try {
    if (!isAuthorized(world, request)) throw new RestError(401, 20003, "Authenticate");
    const form = await readForm(request);
    return route(world, messages, { path: pathInAccount(world, request), method: request.method ?? "GET", form });
  } catch (error) {
    if (error instanceof RestError) return errorAnswer(error);
    throw error;
  }
}

function route(
  world: TwilioWorld,
  messages: Map<string, SentMessage>,
  { path, method, form }: { path: string; method: string; form: URLSearchParams },
): RestAnswer {
  const [resource = "", sid = "", sub = ""] = path.split("/");
  switch (`${method} ${resource}${sid === "" ? "" : "/:sid"}${sub === "" ? "" : `/${sub}`}`) {
    case "POST Calls":
      return createCall(world, form);
    case "POST Calls/:sid":
      return updateCall(world, sid, form);
    case "GET Calls/:sid":
      return fetchCall(world, sid);
    case "POST Calls/:sid/Recordings":
      return createRecording(world, sid, form);
    case "POST Messages":
      return createMessage(world, messages, form);
    case "GET Messages":
      return listMessages(world, messages, form);
    case "GET Messages/:sid":
      return fetchMessage(world, messages, sid);
    case "GET IncomingPhoneNumbers":
      return listNumbers(world, form);
    case "GET IncomingPhoneNumbers/:sid":
      return fetchNumber(world, sid);
    case "POST IncomingPhoneNumbers/:sid":
      return updateNumber(world, sid, form);
    case "GET :account":
      return { status: 200, body: { sid: world.accountSid, friendly_name: "Sandbox", status: "active", type: "Full" } };
    default:
      throw new RestError(404, 20404, `The requested resource /${path} was not found`);
  }
}

/** The path below /2010-04-01/Accounts/{sid}, without .json; the account itself is ":account". */
function pathInAccount(world: TwilioWorld, request: IncomingMessage): string {
  const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/\.json$/, "");
  const root = `/2010-04-01/Accounts/${world.accountSid}`;
  if (path === root) return ":account";
  if (!path.startsWith(`${root}/`)) throw new RestError(404, 20404, `The requested resource ${path} was not found`);
  return path.slice(root.length + 1);
}

function isAuthorized(world: TwilioWorld, request: IncomingMessage): boolean {
  const [scheme, credentials = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic") return false;
  const given = Buffer.from(credentials, "base64");
  const expected = Buffer.from(`${world.accountSid}:${world.authToken}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
