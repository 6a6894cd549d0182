/** What a deed is made of: the values of a tool's input that must come from the caller. */
import type { ToolSpec } from "../../ports.ts";

export type MaterialKind = "phone" | "address" | "moment" | "number" | "identifier" | "words";

export interface Material {
  readonly path: string;
  readonly kind: MaterialKind;
  readonly value: string;
}

/** Free text: the model's own summary or message. Of it, only numbers and addresses must come from somewhere. */
const freeText =
  /note|message|text|body|summary|description|reason|comment|detail|subject|content|remark|question|intent/i;
/** How a thing is said or counted, not what is done. */
const immaterial = /^(?:lang|language|locale|currency|time_?zone|country|format|channel)$/i;
const phoneKey = /phone|mobile|cell|tel(?:ephone)?$|whats_?app|^to$|^from$|caller_?id|fax/i;
/** Longer than a name, a service or a title. */
const maxWords = 9;
/** Numbers in free text with fewer digits are hours, prices and counts. */
const minTextDigits = 6;

const phoneShape = /^[+(]?[\d٠-٩][\d٠-٩\s().-]{5,}[\d٠-٩]$/u;
const addressShape = /^(?:mailto:)?[^\s@]+@[^\s@]+\.[^\s@]+$|^(?:https?:\/\/|www\.)\S+$/iu;
const momentShape = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?$|^\d{1,2}:\d{2}(?::00)?$/;
const identifierShape = /^(?=\S*\d)(?:[a-z]{2,}[a-z_]*[_-][\w-]{5,}|[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{20,})$/i;
const addressesInText =
  /[^\s@<>()]+@[^\s@<>()]+\.[\p{L}]{2,}|(?:https?:\/\/|www\.)[^\s<>()]+|\b[\p{L}\d-]+\.(?:com|net|org|io|me|co|info|biz|xyz|app|link|ly)(?:\/\S*)?/giu;
const numbersInText = /[+(]?[\d٠-٩][\d٠-٩\s().-]{4,}[\d٠-٩]/gu;

export function materialOf(input: unknown, spec: Pick<ToolSpec, "inputSchema">): Material[] {
  return leavesOf(input, "").flatMap(({ path, value }) => {
    const key = path.split(".").findLast((part) => !/^\d*$/.test(part)) ?? "";
    if (typeof value === "boolean" || immaterial.test(key) || isOnlyChoice(spec, key, value)) return [];
    const text = String(value).trim();
    return text === "" ? [] : toMaterial({ path, key, text });
  });
}

function toMaterial({ path, key, text }: { path: string; key: string; text: string }): Material[] {
  const of = (kind: MaterialKind): Material[] => [{ path, kind, value: text }];
  if (momentShape.test(text)) return of("moment");
  if (addressShape.test(text)) return of("address");
  if (phoneKey.test(key) && /[\d٠-٩]/u.test(text)) return of("phone");
  if (phoneShape.test(text)) return of("phone");
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return of("number");
  const isFree = freeText.test(key) || text.split(/\s+/).length > maxWords;
  if (isFree) return hardPartsOf(path, text);
  return identifierShape.test(text) ? of("identifier") : of("words");
}

function hardPartsOf(path: string, text: string): Material[] {
  const addresses = [...text.matchAll(addressesInText)].map(([value]) => value.replace(/[.,;:!?]+$/, ""));
  const numbers = [...text.replace(addressesInText, " ").matchAll(numbersInText)]
    .map(([value]) => value)
    .filter((value) => value.replace(/[^\d٠-٩]/gu, "").length >= minTextDigits && !/^\s*\d{4}-\d{2}-\d{2}/.test(value));
  return [
    ...addresses.map((value): Material => ({ path, kind: "address", value })),
    ...numbers.map((value): Material => ({ path, kind: "phone", value })),
  ];
}

/** A value that the tool's form leaves no choice about. */
function isOnlyChoice({ inputSchema }: Pick<ToolSpec, "inputSchema">, key: string, value: unknown): boolean {
  const properties = inputSchema["properties"];
  if (typeof properties !== "object" || properties === null) return false;
  const schema = (properties as Record<string, unknown>)[key];
  if (typeof schema !== "object" || schema === null) return false;
  const {
    enum: choices,
    const: only,
    default: usual,
  } = schema as { enum?: unknown; const?: unknown; default?: unknown };
  return only === value || usual === value || (Array.isArray(choices) && choices.length === 1);
}

function leavesOf(value: unknown, path: string): { path: string; value: unknown }[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [{ path, value }];
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, path === "" ? key : `${path}.${key}`));
}
