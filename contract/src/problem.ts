/** RFC 9457 problem document: every error of the API. */
import { z } from "zod";

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** Stable: programs decide by this. */
  code: z.string(),
  detail: z.string().optional(),
  /** Which fields are wrong, and how to mend each. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
