/** "It ends in four three", «آخره تمانية مش سبعة»: only the end of a number that is known. Over normalised words with digits. */

const digits = "(?<digits>\\d+(?:[ -]\\d+)*)";
const ends: readonly RegExp[] = [
  new RegExp(
    `(?<!\\p{L})(?:(?:ends?|ending) (?:in|with)|last (?:\\d |one |few |couple of )?(?:digits?|numbers?)|the end)(?: (?:is|are|be|should|was|were|to|it|an?|the|number|digits?))* ${digits}`,
    "u",
  ),
  new RegExp(
    `(?<!\\p{L})(?:و|ف)?(?:اخره|اخرها|اخر (?:\\d )?(?:رقم|رقمين|ارقام|نمره|نمر))(?: (?:هو|هي|هم|يبقي|رقم))* ${digits}`,
    "u",
  ),
];
const atTheEnd = new RegExp(`${digits} (?:at|in) the end(?!\\p{L})`, "u");
const mostDigits = 7;

/** The digits that stand at the end, and the text without them: no time is read from it. Undefined where nothing is told of an end. */
export function readNumberEnd(text: string): { readonly digits: string; readonly rest: string } | undefined {
  for (const pattern of [...ends, atTheEnd]) {
    const match = pattern.exec(text);
    const found = (match?.groups?.["digits"] ?? "").replace(/\D/g, "");
    if (match === null || found === "" || found.length > mostDigits) continue;
    return { digits: found, rest: withoutNot(text.replace(match[0], " ")) };
  }
  return undefined;
}

/** "Not five" names what was wrong. */
const withoutNot = (text: string) =>
  text
    .replace(/(?<!\p{L})(?:not|مش)(?: an?)? \d+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
