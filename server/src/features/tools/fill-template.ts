/** Texts with `{{name}}`: filled so that a value stays a value, whatever it holds. Pure. */
import type { z } from "zod";

export type Json = z.infer<ReturnType<typeof z.json>>;
export type Plain = string | number | boolean;
/** Undefined: nothing is known of it. */
export type Lookup = (name: string) => Plain | undefined;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
const wholePlaceholder = /^\{\{\s*([^{}]*?)\s*\}\}$/;

export const namesIn = (text: string): string[] => [...text.matchAll(placeholder)].map(([, name = ""]) => name);

/** What is unknown becomes nothing. */
export function fillText(text: string, lookup: Lookup, escape: (value: string) => string = (value) => value): string {
  return text.replace(placeholder, (_all, name: string) => escape(String(lookup(name) ?? "")));
}

/** A text that is one placeholder and nothing else becomes the value itself, null where nothing is known. */
export function fillJson(template: Json, lookup: Lookup): Json {
  if (typeof template === "string") {
    const name = wholePlaceholder.exec(template)?.[1];
    return name === undefined ? fillText(template, lookup) : (lookup(name) ?? null);
  }
  if (Array.isArray(template)) return template.map((item) => fillJson(item, lookup));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fillJson(value, lookup)]));
}

/** Every text of it, by path. */
export function textsOf(template: Json, path: string): { path: string; text: string }[] {
  if (typeof template === "string") return [{ path, text: template }];
  if (typeof template !== "object" || template === null) return [];
  return Object.entries(template).flatMap(([key, value]) => textsOf(value as Json, `${path}.${key}`));
}
