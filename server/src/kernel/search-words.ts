/** Words as they are searched for: one spelling for what people, recognisers and keyboards spell many ways. */

const maxWordLetters = 40;

/** Arabic letters that are written for one another, without vowel signs and stretching. */
function foldArabic(text: string): string {
  return text
    .replace(/[\u064B-\u065F\u0670\u0640]/g, "")
    .replace(/[أإآٱ]/g, "ا")
    .replace(/[ىئی]/g, "ي")
    .replace(/[ةۀہ]/g, "ه")
    .replace(/ؤ/g, "و")
    .replace(/ء/g, "")
    .replace(/[گک]/g, "ك")
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

/** "والحجز", "بالحجز", "الحجز" and "حجز" are one word; what would become shorter than three letters stays. */
function withoutArticle(word: string): string {
  const bare = /^(?:[وفبك]?ال|لل)(\p{Script=Arabic}{3,})$/u.exec(word)?.[1];
  return bare ?? word;
}

/** Lower case, without accents, vowel signs, articles and punctuation; in the order of the text, repeated as there. */
export function searchWords(text: string): string[] {
  const plain = foldArabic(
    text
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[\u0300-\u036F]/g, "")
      .normalize("NFKC"),
  );
  const words = plain.replace(/(\p{L})['’ʼ](\p{L})/gu, "$1$2").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => withoutArticle(word.slice(0, maxWordLetters)));
}
