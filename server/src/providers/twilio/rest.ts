/** Twilio's REST API, as far as numbers and calls need it. Requests that may be made twice are, once, when the line breaks. */
import { z } from "zod";
import type {
  CarrierApi,
  CarrierCall,
  CarrierLogin,
  CarrierNumber,
  NumberAddresses,
} from "../../features/phone-numbers/phone-numbers.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderIo } from "../provider.ts";
import { errorOfNetwork } from "../provider-failure.ts";
import { tryTwice } from "../with-retry.ts";
import { TwilioRefusal, twilioFailure } from "./refusal.ts";

const provider = "twilio";
const answerWithinMs = 10_000;
const pageSize = 100;
/** 5000 numbers: nobody picks from a longer list. */
const maxPages = 50;

export const twilioBaseUrl = "https://api.twilio.com";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const numberResource = z.object({
  sid: z.string(),
  phone_number: z.string(),
  friendly_name: text,
  capabilities: z.object({ voice: z.boolean().optional(), sms: z.boolean().optional() }).nullish(),
  voice_url: text,
  voice_method: text,
  voice_fallback_url: text,
  status_callback: text,
  status_callback_method: text,
  sms_url: text,
  sms_method: text,
  trunk_sid: text,
  voice_application_sid: text,
});
const numberPage = z.object({ incoming_phone_numbers: z.array(numberResource), next_page_uri: z.string().nullish() });
const accountResource = z.object({ sid: z.string(), status: z.string() });
const callResource = z.object({ sid: z.string() });
const callState = z.object({
  sid: z.string(),
  status: z.string().regex(/^[a-z-]{1,30}$/),
  duration: z.coerce.number().int().min(0).nullish().catch(undefined),
  answered_by: z.string().max(40).nullish(),
  price: z
    .string()
    .regex(/^-?\d{1,8}(\.\d{1,8})?$/)
    .nullish()
    .catch(undefined),
  price_unit: z.string().length(3).nullish().catch(undefined),
});

function toCall(found: z.output<typeof callState>): CarrierCall {
  const { sid, status, duration, answered_by: answeredBy, price, price_unit: unit } = found;
  return {
    ...{ CallSid: sid, CallStatus: status },
    ...(typeof duration === "number" ? { CallDuration: duration } : {}),
    ...(answeredBy ? { AnsweredBy: answeredBy } : {}),
    ...(price ? { Price: price, ...(unit ? { PriceUnit: unit } : {}) } : {}),
  };
}

const fieldNames: Readonly<Record<keyof NumberAddresses, string>> = {
  voiceUrl: "VoiceUrl",
  voiceMethod: "VoiceMethod",
  voiceFallbackUrl: "VoiceFallbackUrl",
  statusCallback: "StatusCallback",
  statusCallbackMethod: "StatusCallbackMethod",
  smsUrl: "SmsUrl",
  smsMethod: "SmsMethod",
};

function toNumber(found: z.output<typeof numberResource>): CarrierNumber {
  const diverted = found.trunk_sid !== "" ? "trunk" : found.voice_application_sid !== "" ? "application" : undefined;
  return {
    sid: found.sid,
    number: found.phone_number,
    name: found.friendly_name,
    canVoice: found.capabilities?.voice ?? true,
    canSms: found.capabilities?.sms ?? false,
    addresses: {
      voiceUrl: found.voice_url,
      voiceMethod: found.voice_method,
      voiceFallbackUrl: found.voice_fallback_url,
      statusCallback: found.status_callback,
      statusCallbackMethod: found.status_callback_method,
      smsUrl: found.sms_url,
      smsMethod: found.sms_method,
    },
    divertedTo: diverted,
  };
}

const unreadable = () =>
  new ProviderError("twilio sent something that cannot be read.", { provider, category: "protocol", permanent: false });

async function readAnswer<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new TwilioRefusal(response.status, twilioFailure.catch({}).parse(body));
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unreadable();
  return parsed.data;
}

interface Asked<T> {
  readonly login: CarrierLogin;
  /** Below the account, or empty for the account itself; or the whole path of a next page. */
  readonly path: string;
  readonly form?: Readonly<Record<string, string>> | URLSearchParams;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

function authorization({ accountSid, authToken, apiKeySid, apiKeySecret }: CarrierLogin): string {
  const pair = apiKeySid === undefined ? `${accountSid}:${authToken}` : `${apiKeySid}:${apiKeySecret ?? ""}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

interface Line {
  readonly io: ProviderIo;
  readonly baseUrl: string;
}

export async function askTwilio<T>({ io, baseUrl }: Line, { login, path, form, schema, signal }: Asked<T>): Promise<T> {
  const url = path.startsWith("/2010-04-01/")
    ? `${baseUrl}${path}`
    : `${baseUrl}/2010-04-01/Accounts/${login.accountSid}${path}.json`;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
  const request = {
    headers: {
      authorization: authorization(login),
      accept: "application/json",
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    },
    signal: deadline,
    ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form).toString() }),
  };
  const response = await io.fetch(url, request).catch((cause: unknown) => {
    throw errorOfNetwork(provider, cause);
  });
  return await readAnswer(response, schema);
}

/** `baseUrl` is an origin without a trailing slash. */
export function createTwilioRest({ io, baseUrl = twilioBaseUrl }: { io: ProviderIo; baseUrl?: string }): CarrierApi {
  const line = { io, baseUrl };
  const askAgain = <T>(asked: Asked<T>) =>
    tryTwice(() => askTwilio(line, asked), { clock: io.clock, signal: asked.signal, overloadedDelayMs: 500 });
  const numberPath = (sid: string) => `/IncomingPhoneNumbers/${encodeURIComponent(sid)}`;

  const callPath = (sid: string) => `/Calls/${encodeURIComponent(sid)}`;

  return {
    async fetchAccount(login, signal) {
      const { status } = await askAgain({ login, path: "", schema: accountResource, signal });
      return { status };
    },
    async listNumbers(login, signal) {
      const numbers: CarrierNumber[] = [];
      let path: string | null | undefined =
        `/2010-04-01/Accounts/${login.accountSid}/IncomingPhoneNumbers.json?PageSize=${pageSize}`;
      for (let page = 0; page < maxPages && path; page++) {
        const found: z.output<typeof numberPage> = await askAgain({ login, path, schema: numberPage, signal });
        numbers.push(...found.incoming_phone_numbers.map(toNumber));
        path = found.next_page_uri;
        if (path && !path.startsWith("/2010-04-01/")) throw unreadable();
      }
      return numbers;
    },
    async fetchNumber(login, sid, signal) {
      return toNumber(await askAgain({ login, path: numberPath(sid), schema: numberResource, signal }));
    },
    async updateNumber(login, { sid, addresses }, signal) {
      const form = Object.fromEntries(
        Object.entries(addresses).map(([name, value]) => [fieldNames[name as keyof NumberAddresses], value]),
      );
      return toNumber(await askAgain({ login, path: numberPath(sid), form, schema: numberResource, signal }));
    },
    async createCall(login, order, signal) {
      const form = new URLSearchParams({
        ...{ To: order.to, From: order.from, Url: order.answerUrl, Method: "POST" },
        ...{ StatusCallback: order.statusUrl, StatusCallbackMethod: "POST", Timeout: String(order.ringSeconds) },
      });
      for (const step of ["initiated", "ringing", "answered", "completed"]) form.append("StatusCallbackEvent", step);
      return await askTwilio(line, { login, path: "/Calls", form, schema: callResource, signal });
    },
    async fetchCall(login, sid, signal) {
      return toCall(await askAgain({ login, path: callPath(sid), schema: callState, signal }));
    },
    async updateCall(login, { sid, to }, signal) {
      const form = "hangUp" in to ? { Status: "completed" } : { Twiml: to.twiml };
      try {
        await askAgain({ login, path: callPath(sid), form, schema: callResource, signal });
        return true;
      } catch (error) {
        if (error instanceof TwilioRefusal && error.saysCallIsOver) return false;
        throw error;
      }
    },
  };
}
