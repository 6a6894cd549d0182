import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";

/** One spelling for each number: E.164 where it can be read so, otherwise its digits. Undefined when it is no number. */
export function normalizePhone(text: string, country: string): string | undefined {
  const western = text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
  const home: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const parsed = parsePhoneNumberFromString(western, home === undefined ? {} : { defaultCountry: home });
  if (parsed?.isPossible()) return parsed.number;
  const digits = western.replace(/\D/g, "");
  return digits.length >= 5 && digits.length <= 15 ? digits : undefined;
}
