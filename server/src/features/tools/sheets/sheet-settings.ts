/** What an owner says of a sheet: where it is, and what its columns are for. The first row has the headings. */
import { z } from "zod";
import type { SheetPlace } from "../sheets.port.ts";

/** The id, or the address of the sheet as the browser shows it. */
const spreadsheetId = z
  .string()
  .trim()
  .regex(
    /^(?:https:\/\/docs\.google\.com\/spreadsheets\/d\/)?[A-Za-z0-9_-]{2,200}(?:[/?#].*)?$/,
    "must be the sheet's address, or its id: the part after /d/ in the address",
  )
  .describe("The sheet's address, or its id.");

const heading = z.string().trim().min(1).max(100);

export const columnsSetting = z
  .array(
    z.object({
      heading: heading.describe("As it stands in the first row."),
      description: z.string().trim().max(300).optional().describe("What the agent writes there."),
      required: z.boolean().optional(),
      fill: z
        .enum(["caller-phone", "time", "call-id"])
        .optional()
        .describe("Written by the platform itself; the agent is not asked."),
    }),
  )
  .min(1)
  .max(40)
  .refine((all) => new Set(all.map(({ heading: name }) => name)).size === all.length, "must have different headings");

export type Columns = z.output<typeof columnsSetting>;

export const placeSettings = z.object({
  spreadsheet: spreadsheetId,
  sheet: heading.default("Sheet1").describe("The tab's name."),
  columns: columnsSetting,
});
export type PlaceSettings = z.output<typeof placeSettings>;

export function placeOf({ spreadsheet, sheet }: Pick<PlaceSettings, "spreadsheet" | "sheet">): SheetPlace {
  const id = /\/d\/([A-Za-z0-9_-]+)/.exec(spreadsheet)?.[1] ?? spreadsheet.replace(/[/?#].*$/, "");
  return { spreadsheetId: id, sheet };
}

/** Those that the agent is asked for. */
export const askedColumns = (columns: Columns) =>
  columns
    .filter(({ fill }) => fill === undefined)
    .map(({ heading: name, description, required }) => ({ name, description, required }));

const sameHeading = (left: string, right: string) => left.trim().toLowerCase() === right.trim().toLowerCase();

/** From 0; -1 when the first row has no such heading. */
export const columnOf = (headings: readonly string[], wanted: string): number =>
  headings.findIndex((there) => sameHeading(there, wanted));

/** For the owner, or undefined when all are there. */
export function missingHeadings(headings: readonly string[], wanted: readonly string[]): string | undefined {
  if ((headings[0] ?? "").trim() === "") return "The sheet's first row must hold its headings, beginning in column A.";
  const missing = wanted.filter((name) => columnOf(headings, name) < 0);
  if (missing.length === 0) return undefined;
  return `The sheet's first row has no heading ${missing.map((name) => `“${name}”`).join(", ")}. Add it there, or change the tool's settings.`;
}
