/** Which calls: the filters of the list and of the export. All that are given must hold. */
import { z } from "zod";

const id = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours");
const yesOrNo = z.enum(["true", "false"]).transform((value) => value === "true");
const instant = z.iso.datetime({ offset: true });

export const callFilters = z.object({
  externalId: z.string().max(100).optional().describe("The carrier's own name for it."),
  agentId: id.optional(),
  agentVersion: z
    .string()
    .regex(/^(draft|[1-9]\d{0,8})$/, "must be the number of a version, or draft")
    .optional(),
  variant: z
    .string()
    .regex(/^[A-Za-z0-9 _.-]{1,40}$/, "is no name of a variant")
    .optional()
    .describe("The arm of its number's split that the call was in."),
  contactId: id.optional(),
  channel: z.enum(["phone", "web", "text"]).optional(),
  direction: z.enum(["inbound", "outbound"]).optional(),
  status: z.enum(["live", "completed", "failed", "interrupted"]).optional(),
  hangUpReason: z
    .string()
    .regex(/^[a-z][a-z-]{0,39}$/, "must be a hang-up reason such as caller-hung-up")
    .optional(),
  since: instant.optional().describe("Began then or later."),
  until: instant.optional().describe("Began before then."),
  minDurationMs: z.coerce.number().int().min(0).max(2_000_000_000).optional(),
  phone: z
    .string()
    .trim()
    .min(3)
    .max(40)
    .optional()
    .describe("The number at the other end, with its country code: +201001234567."),
  hasRecording: yesOrNo.optional(),
  reviewed: yesOrNo.optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Words that were heard in the call, all of them; "in quotes": one after the other in one turn.'),
});
