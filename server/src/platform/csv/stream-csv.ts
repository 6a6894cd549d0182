import { Readable } from "node:stream";
import { type Options, stringify } from "csv-stringify";

/** A cell that a spreadsheet would run as a formula is kept as text; a number's plus stays. */
export const safeCell = (text: string): string => (/^[=@\t\r]|^[+-](?![\d\s()-]+$)/.test(text) ? `'${text}` : text);

/** Row by row, as fast as the other side reads. UTF-8 with a byte-order mark, as spreadsheets expect it, unless told. */
export function streamCsv(rows: AsyncIterable<unknown>, options: Options = { bom: true }): Readable {
  const source = Readable.from(rows);
  const csv = stringify(options);
  source.once("error", (error) => csv.destroy(error));
  csv.once("close", () => source.destroy());
  return source.pipe(csv);
}
