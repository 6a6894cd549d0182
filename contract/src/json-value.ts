import { z } from "zod";

const deepest = 32;

function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth < deepest && Object.values(value).every((each) => isShallow(each, depth + 1));
}

export type JsonValue = z.core.util.JSONType;

/** Anything that JSON can say, not nested without an end. Described as any value: a schema that names itself is one many tools cannot read. */
export const jsonValue = z
  .unknown()
  .refine((value) => isShallow(value), `must not be nested deeper than ${deepest}`) as unknown as z.ZodType<JsonValue>;
