/** Inputs whose fields an owner names: columns of a sheet, properties of a contact. Models get plain keys and the owner's words for them. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ToolShape } from "./tool.ts";

export interface NamedField {
  /** As it is called there. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
}

export const scalar = z.union([z.string().max(4000), z.number(), z.boolean()]);
export type Scalars = Readonly<Record<string, unknown>>;

/** Some models take only these characters in a key; the name stands in the description. */
export function keysOf(fields: readonly NamedField[]): ReadonlyMap<string, NamedField> {
  const keys = new Map<string, NamedField>();
  for (const [at, field] of fields.entries()) {
    const slug = field.name
      .normalize("NFKD")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, 50)
      .toLowerCase();
    const key = slug === "" || keys.has(slug) ? `field_${at + 1}` : slug;
    keys.set(key, field);
  }
  return keys;
}

export type Properties = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function shapeOf(
  fields: readonly NamedField[],
  more: { readonly properties?: Properties; readonly required?: readonly string[] } = {},
): Required<Pick<ToolShape, "inputSchema">> {
  const keys = [...keysOf(fields)];
  const described = keys.map(([key, { name, description }]) => {
    const words = description === undefined ? name : `${name}: ${description}`;
    return [key, { type: "string", description: words }] as const;
  });
  return {
    inputSchema: {
      type: "object",
      properties: { ...more.properties, ...Object.fromEntries(described) },
      required: [...(more.required ?? []), ...keys.filter(([, { required }]) => required === true).map(([key]) => key)],
      additionalProperties: false,
    },
  };
}

export type ReadFields =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly words: string };

/** Values by the field's own name; keys may be the plain ones or the names themselves. Empty ones are left out. */
export function readFields(fields: readonly NamedField[], input: Scalars, others: readonly string[] = []): ReadFields {
  const keys = keysOf(fields);
  const byName = new Map(fields.map((field) => [field.name, field]));
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(input)) {
    if (others.includes(key)) continue;
    const field = keys.get(key) ?? byName.get(key);
    const text = typeof value === "string" ? value.trim() : value === undefined ? "" : JSON.stringify(value);
    if (field === undefined) unknown.push(key);
    else if (text !== "") values.set(field.name, text);
  }
  if (unknown.length > 0) {
    return {
      ok: false,
      words: `${unknown.join(", ")}: there is no such field. There are: ${[...keys.keys()].join(", ")}.`,
    };
  }
  const missing = [...keys].filter(([, { name, required }]) => required === true && !values.has(name));
  if (missing.length > 0) return { ok: false, words: `${missing.map(([key]) => key).join(", ")}: must be given.` };
  return { ok: true, values };
}

/** Short enough for a cell; the same for the same deed, and tells nothing of it. */
export const referenceOf = (idempotencyKey: string): string =>
  `p-${createHash("sha256").update(idempotencyKey).digest("base64url").slice(0, 20)}`;
