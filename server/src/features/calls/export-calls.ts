/** Calls as CSV, a page at a time: no transaction stays open while the other side reads, and no more than a page is in memory. */
import { Readable } from "node:stream";
import type { Call } from "@parley/contract/calls";
import { stringify } from "csv-stringify";

const columns = [
  ...["id", "startedAt", "endedAt", "durationMs", "channel", "direction", "from", "to", "contactId", "agentId"],
  ...["agentName", "language", "status", "hangUpReason", "turns", "firstAudioP50Ms", "externalId"],
] as const satisfies readonly (keyof Call)[];

/** A cell that a spreadsheet would run as a formula is kept as text; a number's plus stays. */
const safeCell = (text: string) => (/^[=@\t\r]|^[+-](?![\d\s()-]+$)/.test(text) ? `'${text}` : text);

export type ReadPage = (cursor: string | undefined) => Promise<{ items: readonly Call[]; nextCursor: string | null }>;

async function* rowsOf(readPage: ReadPage): AsyncGenerator<readonly string[]> {
  yield columns;
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await readPage(cursor);
    for (const call of items) yield columns.map((name) => safeCell(String(call[name] ?? "")));
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}

/** UTF-8 with a byte-order mark, as spreadsheets expect it. */
export function exportCalls(readPage: ReadPage): Readable {
  const source = Readable.from(rowsOf(readPage));
  const csv = stringify({ bom: true });
  source.once("error", (error) => csv.destroy(error));
  csv.once("close", () => source.destroy());
  return source.pipe(csv);
}
