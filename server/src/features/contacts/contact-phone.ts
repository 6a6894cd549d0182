/** Telephone numbers as people write them, in any of the digits they use. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";

export const toWesternDigits = (text: string): string =>
  text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));

/** E.164, or undefined when it is no number that can be rung. `country` is where a number without a country code belongs. */
export function toE164(text: string, country: string | null): string | undefined {
  const home: CountryCode | undefined = country !== null && isSupportedCountry(country) ? country : undefined;
  const options = home === undefined ? { extract: false } : { defaultCountry: home, extract: false };
  const western = toWesternDigits(text).replace(/^\s*00(?=[1-9])/, "+");
  const parsed = parsePhoneNumberFromString(western, options);
  return parsed?.isPossible() === true ? parsed.number : undefined;
}
