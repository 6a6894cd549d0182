/** Bytes of a text file as text: by its mark, else as UTF-8, else as the old code pages of its language. */

/** Undefined: it is no text. */
export function decodeText(bytes: Uint8Array, language: string, charset?: string): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decode(bytes, "utf-16le");
  if (first === 0xfe && second === 0xff) return decode(bytes, "utf-16be");
  // What is no text has zeros or other control characters early on.
  const control = bytes.subarray(0, 8192).filter((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
  if (control.length > 0) return undefined;
  const named = charset === undefined ? undefined : decode(bytes, charset);
  return named ?? decode(bytes, "utf-8") ?? decode(bytes, /^ar\b/i.test(language) ? "windows-1256" : "windows-1252");
}

function decode(bytes: Uint8Array, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One blank for what looks like blanks. */
export const tidy = (text: string): string => text.replace(/[\s\u00A0\u200B\uFEFF]+/g, " ").trim();
