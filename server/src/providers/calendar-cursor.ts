/** Where a vendor's changes are gone on from. It is thrown away once a week: the year that is looked at moves on with the days. */
import { z } from "zod";

const weekMs = 7 * 86_400_000;
const stored = z.object({ madeAtMs: z.number(), token: z.string() });
export type Cursor = z.output<typeof stored>;

/** Undefined: everything is to be read anew. */
export function readCursor(text: string | undefined, nowMs: number): Cursor | undefined {
  if (text === undefined) return undefined;
  try {
    const cursor = stored.parse(JSON.parse(text));
    return nowMs - cursor.madeAtMs < weekMs ? cursor : undefined;
  } catch {
    return undefined;
  }
}

export const freshCursor = (token: string, nowMs: number): string => JSON.stringify({ madeAtMs: nowMs, token });

export const keepCursor = ({ madeAtMs }: Cursor, token: string): string => JSON.stringify({ madeAtMs, token });
