/** A new row below the last. Google has no key for a deed, so each row carries one in a column of its own: by it a lost answer is found. */
import { z } from "zod";
import { AppError } from "../../../kernel/app-error.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { readFields, referenceOf, scalar, shapeOf } from "../field-inputs.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool, type ToolWork } from "../tool.ts";
import { accountOf, type VendorAccounts } from "../vendor-accounts.ts";
import { askedColumns, columnOf, missingHeadings, placeOf, placeSettings } from "./sheet-settings.ts";

const settings = placeSettings.extend({
  referenceHeading: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .default("Reference")
    .describe(
      "Heading of a column that the agent may write its reference into: it keeps a row from being written twice.",
    ),
});
type Settings = z.output<typeof settings>;
const input = z.record(z.string(), scalar);
type Work = ToolWork<z.output<typeof input>, Settings>;

export interface SheetToolParts {
  readonly accounts: Pick<VendorAccounts, "sheets">;
  readonly clock: Pick<Clock, "wallNow">;
}

const headingsOf = ({ columns, referenceHeading }: Settings) => [
  ...columns.map(({ heading }) => heading),
  referenceHeading,
];

function filled({ clock }: SheetToolParts, { settings: { columns }, call, callId }: Work): [string, string][] {
  const known = {
    "caller-phone": call?.callerPhone ?? "",
    time: `${new Date(clock.wallNow()).toISOString().slice(0, 16)}Z`,
    "call-id": callId ?? "",
  };
  return columns.flatMap(({ heading, fill }) => (fill === undefined ? [] : [[heading, known[fill]]]));
}

async function run(parts: SheetToolParts, work: Work) {
  const { settings: wanted, signal } = work;
  const fields = readFields(askedColumns(wanted.columns), work.input);
  if (!fields.ok) return failed(fields.words);
  const sheets = await parts.accounts.sheets(accountOf(work));
  const place = placeOf(wanted);
  const headings = await sheets.readRow(place, 1, signal);
  if (missingHeadings(headings, headingsOf(wanted)) !== undefined) return failed(notSetUp);
  const reference = referenceOf(work.idempotencyKey);
  const values = new Map([...filled(parts, work), ...fields.values, [wanted.referenceHeading, reference]]);
  const cells: string[] = headings.map(() => "");
  for (const [heading, value] of values) cells[columnOf(headings, heading)] = value;
  const { row } = await sheets.append(place, cells, signal);
  return ok({ reference, ...(row === undefined ? {} : { row }) });
}

const notSetUp = "The sheet is not as it was set up, so nothing was written. Offer to take a message.";

async function find(parts: SheetToolParts, work: Work) {
  const sheets = await parts.accounts.sheets(accountOf(work));
  const place = placeOf(work.settings);
  const column = columnOf(await sheets.readRow(place, 1, work.signal), work.settings.referenceHeading);
  if (column < 0) throw new AppError("conflict", { publicMessage: "The sheet has lost its column of references." });
  const reference = referenceOf(work.idempotencyKey);
  const at = (await sheets.readColumn(place, column, work.signal)).indexOf(reference);
  return at < 0 ? undefined : ok({ reference, row: at + 1 });
}

export const appendSheetRow = (parts: SheetToolParts) =>
  defineTool({
    name: "append_sheet_row",
    title: "Add a row to a Google sheet",
    description: "Writes a new row into the business's sheet.",
    input,
    effect: "write",
    settings,
    shapeFor: ({ columns }) => shapeOf(askedColumns(columns)),
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
