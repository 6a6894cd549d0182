import { page, type RestAnswer, RestError } from "./rest-answer.ts";
import type { PhoneNumber, TwilioWorld } from "./world.ts";

export function listNumbers(world: TwilioWorld, query: URLSearchParams): RestAnswer {
  const wanted = query.get("PhoneNumber");
  const named = query.get("FriendlyName");
  const numbers = world.numbers.filter(
    (number) =>
      (wanted === null || number.phoneNumber.includes(wanted)) && (named === null || number.friendlyName === named),
  );
  const path = `/2010-04-01/Accounts/${world.accountSid}/IncomingPhoneNumbers.json`;
  return page("incoming_phone_numbers", numbers.map(numberResource), path);
}

export function fetchNumber(world: TwilioWorld, sid: string): RestAnswer {
  return { status: 200, body: numberResource(findNumber(world, sid)) };
}

export function updateNumber(world: TwilioWorld, sid: string, form: URLSearchParams): RestAnswer {
  const number = findNumber(world, sid);
  for (const name of ["VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl"]) {
    const url = form.get(name);
    if (url !== null && url !== "" && !/^https?:\/\/./.test(url))
      throw new RestError(400, 21502, `${name} is not valid: ${url}`);
  }
  number.voiceUrl = form.get("VoiceUrl") ?? number.voiceUrl;
  number.voiceMethod = (form.get("VoiceMethod") ?? number.voiceMethod) === "GET" ? "GET" : "POST";
  number.voiceFallbackUrl = form.get("VoiceFallbackUrl") ?? number.voiceFallbackUrl;
  number.statusCallbackMethod =
    (form.get("StatusCallbackMethod") ?? number.statusCallbackMethod) === "GET" ? "GET" : "POST";
  number.smsMethod = (form.get("SmsMethod") ?? number.smsMethod) === "GET" ? "GET" : "POST";
  number.statusCallback = form.get("StatusCallback") ?? number.statusCallback;
  number.smsUrl = form.get("SmsUrl") ?? number.smsUrl;
  number.friendlyName = form.get("FriendlyName") ?? number.friendlyName;
  return { status: 200, body: numberResource(number) };
}

function findNumber(world: TwilioWorld, sid: string): PhoneNumber {
  const number = world.numbers.find((candidate) => candidate.sid === sid);
  if (number === undefined)
    throw new RestError(404, 20404, `The requested resource /IncomingPhoneNumbers/${sid}.json was not found`);
  return number;
}

function numberResource(number: PhoneNumber) {
  return {
    sid: number.sid,
    phone_number: number.phoneNumber,
    friendly_name: number.friendlyName,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    voice_url: number.voiceUrl,
    voice_method: number.voiceMethod,
    voice_fallback_url: number.voiceFallbackUrl,
    status_callback: number.statusCallback,
    status_callback_method: number.statusCallbackMethod,
    sms_url: number.smsUrl,
    sms_method: number.smsMethod,
    trunk_sid: null,
    voice_application_sid: null,
  };
}
