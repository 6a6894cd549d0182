/** Changes cells of the one row that is found by a column's value. The same change twice is the same sheet. */
import { z } from "zod";
import { AppError } from "../../../kernel/app-error.ts";
import { type NamedField, readFields, scalar, shapeOf } from "../field-inputs.ts";
import { failed, notCertain, ok } from "../outcomes.ts";
import type { SheetPlace, Sheets } from "../sheets.port.ts";
import { defineTool, type ToolWork } from "../tool.ts";
import { accountOf } from "../vendor-accounts.ts";
import type { SheetToolParts } from "./append-sheet-row.ts";
import { askedColumns, columnOf, missingHeadings, placeOf, placeSettings } from "./sheet-settings.ts";

const settings = placeSettings.extend({
  matchHeading: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .describe("Heading of the column by which the row is found, such as a phone number or a booking code."),
});
type Settings = z.output<typeof settings>;
const input = z.looseObject({ match: scalar.describe("The value that stands in the row to be changed.") });
type Work = ToolWork<z.output<typeof input>, Settings>;

/** `match` is ours. */
const asked = ({ columns }: Settings): NamedField[] => askedColumns(columns).filter(({ name }) => name !== "match");
const headingsOf = ({ columns, matchHeading }: Settings) => [...columns.map(({ heading }) => heading), matchHeading];

/** One spelling of words and of telephone numbers. */
function sameValue(left: string, right: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, " ").toLowerCase();
  if (plain(left) === plain(right)) return true;
  const digits = (text: string) => (/^[+\d\s().-]+$/.test(text) ? text.replace(/\D/g, "").replace(/^00/, "") : "");
  return digits(left).length >= 7 && digits(left) === digits(right);
}

interface Found {
  readonly sheets: Sheets;
  readonly place: SheetPlace;
  readonly headings: readonly string[];
  /** From 1. */
  readonly rows: readonly number[];
}

async function findRows({ accounts }: SheetToolParts, work: Work): Promise<Found | undefined> {
  const { settings: wanted, signal } = work;
  const sheets = await accounts.sheets(accountOf(work));
  const place = placeOf(wanted);
  const headings = await sheets.readRow(place, 1, signal);
  if (missingHeadings(headings, headingsOf(wanted)) !== undefined) return undefined;
  const column = await sheets.readColumn(place, columnOf(headings, wanted.matchHeading), signal);
  const match = String(work.input.match);
  const rows = column.flatMap((there, at) => (at > 0 && sameValue(there, match) ? [at + 1] : []));
  return { sheets, place, headings, rows };
}

async function run(parts: SheetToolParts, work: Work) {
  const fields = readFields(asked(work.settings), work.input, ["match"]);
  if (!fields.ok) return failed(fields.words);
  if (fields.values.size === 0) return failed("Say what is to be changed: no field was given.");
  const found = await findRows(parts, work);
  if (found === undefined) return failed("The sheet is not as it was set up, so nothing was written.");
  const { sheets, place, headings, rows } = found;
  const [row] = rows;
  if (row === undefined) return failed("There is no row with this value. Ask the caller to check it.");
  if (rows.length > 1) return failed("More than one row has this value, so none was changed. Offer to take a message.");
  const cells: (string | null)[] = headings.map(() => null);
  for (const [heading, value] of fields.values) cells[columnOf(headings, heading)] = value;
  await sheets.update(place, { row, cells }, work.signal);
  // Rows move when a person sorts them: then another row was written to, and somebody must look.
  const there = (await sheets.readRow(place, row, work.signal))[columnOf(headings, work.settings.matchHeading)] ?? "";
  const expected = fields.values.get(work.settings.matchHeading) ?? String(work.input.match);
  return sameValue(there, expected) ? ok({ row }) : notCertain;
}

async function find(parts: SheetToolParts, work: Work) {
  const fields = readFields(asked(work.settings), work.input, ["match"]);
  const found = await findRows(parts, work);
  const [row] = found?.rows ?? [];
  if (!fields.ok || found === undefined || row === undefined) return undefined;
  const cells = await found.sheets.readRow(found.place, row, work.signal);
  const isDone = [...fields.values].every(
    ([heading, value]) => (cells[columnOf(found.headings, heading)] ?? "") === value,
  );
  return isDone ? ok({ row }) : undefined;
}

export const updateSheetRow = (parts: SheetToolParts) =>
  defineTool({
    name: "update_sheet_row",
    title: "Change a row of a Google sheet",
    description: "Changes the row of the business's sheet that has a certain value.",
    input,
    effect: "write",
    settings,
    shapeFor: (wanted) =>
      shapeOf(asked(wanted), {
        properties: { match: { type: "string", description: `The row's ${wanted.matchHeading}.` } },
        required: ["match"],
      }),
    needs: ["google"],
    isOnByDefault: false,
    timeoutMs: 12_000,
    deed: { where: "outside", run: (work) => run(parts, work), find: (work) => find(parts, work) },
    async probe(work) {
      const sheets = await parts.accounts.sheets(accountOf(work));
      const headings = await sheets.readRow(placeOf(work.settings), 1, work.signal);
      const problem = missingHeadings(headings, headingsOf(work.settings));
      if (problem !== undefined) throw new AppError("bad_request", { publicMessage: problem });
    },
  });
