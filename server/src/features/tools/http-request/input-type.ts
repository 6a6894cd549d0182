import type { HttpInputField, NewHttpTool } from "@parley/contract/tools";
import { z } from "zod";

const longestText = 2000;

function typeOf(field: HttpInputField): z.ZodType {
  switch (field.type) {
    case "string": {
      if (field.enum !== undefined) return z.enum(field.enum);
      if (field.format === "date") return z.iso.date("must be a date such as 2026-11-20");
      return z.string().max(field.maxLength ?? longestText);
    }
    case "number":
    case "integer": {
      const base = field.type === "integer" ? z.int() : z.number();
      const low = field.minimum === undefined ? base : base.min(field.minimum);
      return field.maximum === undefined ? low : low.max(field.maximum);
    }
    case "boolean":
      return z.boolean();
    default: {
      const unknown: never = field;
      throw new TypeError(`unknown field: ${JSON.stringify(unknown)}`);
    }
  }
}

/** What an owner described, as the type that a model's input is checked by. */
export function inputTypeOf({ properties, required }: NewHttpTool["input"]): z.ZodType<Record<string, unknown>> {
  const shape = Object.entries(properties).map(([name, field]) => {
    const type = typeOf(field).describe(field.description);
    return [name, required.includes(name) ? type : type.optional()] as const;
  });
  return z.object(Object.fromEntries(shape));
}
