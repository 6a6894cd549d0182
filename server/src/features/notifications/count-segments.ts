/** What a text is paid by: parts of 160 letters of the GSM alphabet, or of 70 of any other. */

const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extended = new Set("^{}\\[~]|€\f");

/** A part of a longer text holds less: it says which part it is. */
export function countSegments(text: string): number {
  const letters = [...text];
  const isGsm = letters.every((letter) => basic.has(letter) || extended.has(letter));
  if (!isGsm) return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
  const length = letters.reduce((sum, letter) => sum + (extended.has(letter) ? 2 : 1), 0);
  return length <= 160 ? 1 : Math.ceil(length / 153);
}
