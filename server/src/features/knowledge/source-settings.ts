import { siteLimits } from "@parley/contract/knowledge";
import { z } from "zod";

/** What a source is beside its content, as stored. */
export const sourceSettings = z.object({
  /** Of a file: its name and size. */
  name: z.string().optional(),
  bytes: z.int().optional(),
  /** Of a page or a site. */
  url: z.string().optional(),
  refresh: z.enum(["never", "daily", "weekly", "monthly"]).optional(),
  limits: siteLimits.optional(),
  /** Its owner gave it its title; else it takes the page's. */
  titled: z.boolean().optional(),
});
export type SourceSettings = z.output<typeof sourceSettings>;

const day = 86_400_000;
const everyMs = { daily: day, weekly: 7 * day, monthly: 30 * day } as const;

export function nextRefresh({ refresh = "never" }: SourceSettings, nowMs: number): Date | null {
  return refresh === "never" ? null : new Date(nowMs + everyMs[refresh]);
}
