import { randomInt } from "node:crypto";

/** Cuts text about as a vendor's tokeniser would; joined, the tokens are the text. */
export function splitTokens(text: string): string[] {
  return text.match(/\s*[\p{L}\p{M}\p{N}'’]{1,9}|\s*[^\s]|\s+$/gu) ?? [];
}

export function splitArguments(json: string): string[] {
  return json.match(/[\s\S]{1,6}/g) ?? [];
}

export function countPromptTokens(value: unknown): number {
  return Math.max(1, Math.ceil(JSON.stringify(value).length / 4));
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function randomId(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
