/** Calls as CSV, a page at a time: no transaction stays open while the other side reads, and no more than a page is in memory. */
import type { Readable } from "node:stream";
import type { Call } from "@parley/contract/calls";
import { safeCell, streamCsv } from "../../platform/csv/stream-csv.ts";

const columns = [
  ...["id", "startedAt", "endedAt", "durationMs", "channel", "direction", "from", "to", "contactId", "agentId"],
  ...["agentName", "language", "status", "hangUpReason", "turns", "firstAudioP50Ms", "externalId"],
] as const satisfies readonly (keyof Call)[];

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

export const exportCalls = (readPage: ReadPage): Readable => streamCsv(rowsOf(readPage));
