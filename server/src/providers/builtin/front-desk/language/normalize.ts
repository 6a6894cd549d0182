/** One spelling for what recognisers and keyboards spell many ways. Patterns are written in this spelling too. */

const maxChars = 1200;

/** Letters only: Arabic spelling variants become one, in the Egyptian direction (ث→ت, ذ→د, ظ→ض). */
export function foldArabic(text: string): string {
  return text
    .replace(/[\u064B-\u065F\u0670\u0640]/g, "")
    .replace(/[أإآٱ]/g, "ا")
    .replace(/[ىئ]/g, "ي")
    .replace(/ی/g, "ي")
    .replace(/ة|ۀ|ہ/g, "ه")
    .replace(/ؤ/g, "و")
    .replace(/ء/g, "")
    .replace(/ث/g, "ت")
    .replace(/ذ/g, "د")
    .replace(/ظ/g, "ض")
    .replace(/ڤ/g, "ف")
    .replace(/[چژ]/g, "ج")
    .replace(/پ/g, "ب")
    .replace(/[گک]/g, "ك");
}

export function toAsciiDigits(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

/** Readable words with their case and Arabic letters kept: for names and messages. */
export function cleanWords(text: string): string {
  return toAsciiDigits(text.slice(0, maxChars).normalize("NFKC"))
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, "")
    .replace(/[\u064B-\u065F\u0670\u0640]/g, "")
    .replace(/[’‘ʼ`´]/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}

/** Lower case, no punctuation, folded letters, ASCII digits; words parted by one space. `10:30` keeps its colon. */
export function normalizeWords(text: string): string {
  return foldArabic(cleanWords(text).toLowerCase())
    .replace(/(\p{L})'(\p{L})/gu, "$1$2")
    .replace(/\b([ap])\.\s?m\b\.?/g, "$1m")
    .replace(/(\d)[.:](\d{2})(?!\d)/g, "$1:$2")
    .replace(/[^\p{L}\p{N}:+/#*-]+|(?<!\d):|:(?!\d)|(?<!\d)\/|\/(?!\d)|(?<!\d)-|-(?!\d)/gu, " ")
    .replace(/([\u0600-\u06FF])(?=[a-z0-9])|([a-z0-9])(?=[\u0600-\u06FF])/g, "$1$2 ")
    .replace(/(\p{L})\1{2,}/gu, "$1")
    .replace(/\b(\d{1,2}(?::\d\d)?)([ap]m)\b/g, "$1 $2")
    .replace(/\s+/g, " ")
    .trim();
}

export type SpokenLanguage = "en" | "ar";

/** Which language an utterance is in; undefined where it has no letters. Arabic with English words in it is Arabic. */
export function detectLanguage(text: string): SpokenLanguage | undefined {
  const arabic = text.match(/[\u0621-\u064A]+/g)?.length ?? 0;
  const latin = text.match(/[A-Za-z]{2,}/g)?.length ?? 0;
  if (arabic + latin === 0) return undefined;
  return arabic * 3 >= latin ? "ar" : "en";
}

/** A pattern over normalised words: whole words only, an Arabic و/ف may cling to the first. */
export function wordPattern(source: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}@])(?:[وف])?(?:${foldArabic(source)})(?![\\p{L}\\p{N}])`, "u");
}
