/** Lists come in pages: `nextCursor` of one asks for the next, null means the end. */
import { z } from "zod";

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).max(200).optional(),
});

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** The `:id` of a path. */
export const idParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours") });
