/** What a number's settings at the telephone company must be for its calls to reach us, and how far they are from it. */
import type { AddressFinding } from "@parley/contract/phone-numbers";
import { AppError } from "../../kernel/app-error.ts";
import type { CarrierNumber, NumberAddresses } from "./phone-numbers.port.ts";

/** Throws AppError `bad_request` where the installation has no address that the outside can call. */
export function requirePublicUrl(publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  throw new AppError("bad_request", {
    publicMessage:
      "PUBLIC_URL is not set, so the telephone company would not know where to reach this installation. Set it to the address the outside uses, such as https://calls.example.com, and start again.",
  });
}

export function expectedAddresses(publicUrl: string): NumberAddresses {
  const at = (path: string) => `${publicUrl}/telephony/twilio/${path}`;
  return {
    voiceUrl: at("incoming"),
    voiceMethod: "POST",
    voiceFallbackUrl: at("fallback"),
    statusCallback: at("status"),
    statusCallbackMethod: "POST",
    smsUrl: at("sms"),
    smsMethod: "POST",
  };
}

/** Empty: calls reach us. */
export function findDrift(expected: NumberAddresses, found: CarrierNumber): AddressFinding[] {
  const findings: AddressFinding[] = [];
  for (const field of Object.keys(expected) as (keyof NumberAddresses)[]) {
    if (!found.canSms && field.startsWith("sms")) continue;
    if (expected[field] === found.addresses[field]) continue;
    findings.push({ field, expected: expected[field], found: found.addresses[field] });
  }
  if (found.divertedTo !== undefined) findings.push({ field: "divertedTo", expected: "", found: found.divertedTo });
  return findings;
}

/** What is still ours of a number's addresses, emptied. */
export function clearedAddresses(expected: NumberAddresses, found: CarrierNumber): Partial<NumberAddresses> {
  const ours = (["voiceUrl", "voiceFallbackUrl", "statusCallback", "smsUrl"] as const).filter(
    (field) => found.addresses[field] === expected[field],
  );
  return Object.fromEntries(ours.map((field) => [field, ""]));
}
