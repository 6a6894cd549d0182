/** `{{customer.name}}` in an agent's texts: found, checked against what is declared, filled in for a call. */

/** Known to every agent without being declared. */
export const knownVariables = [
  "agent.name",
  "business.name",
  "business.phone",
  "business.address",
  "call.date",
  "call.time",
  "caller.phone",
  "emergency.number",
] as const;
export type KnownVariable = (typeof knownVariables)[number];

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names in a text, each once, in order. */
export function findVariables(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map((match) => match[1] ?? ""))];
}

/** A value becomes part of a sentence: one line, no fences, not endless. */
function toPlainWords(value: string): string {
  return value
    .replace(/[\p{Cc}`{}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
}

/** Fills every placeholder; one without a value becomes nothing. */
export function fillVariables(text: string, values: Readonly<Record<string, string>>): string {
  if (!text.includes("{{")) return text;
  const filled = text.replace(placeholder, (_, name: string) =>
    Object.hasOwn(values, name) ? toPlainWords(values[name] ?? "") : "",
  );
  return filled.replace(/[ \t]+([,.!?؟،])/g, "$1").replace(/[ \t]{2,}/g, " ");
}
