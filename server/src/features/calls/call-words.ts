/** The blind index of calls: which words were heard in a call, without the words. */
import type { TranscriptTurn } from "@parley/contract/call-record";
import { eq, sql } from "drizzle-orm";
import { searchWords } from "../../kernel/search-words.ts";
import { createBlindIndex } from "../../platform/crypto/blind-index.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { callWords } from "./calls.table.ts";

const known = new WeakMap<Buffer, (word: string) => bigint>();

/** The organisation's own hashes of words. */
export function wordHasher(orgKey: Buffer): (word: string) => bigint {
  const hash = known.get(orgKey) ?? createBlindIndex(orgKey, "call transcripts");
  known.set(orgKey, hash);
  return hash;
}

export interface IndexedCall {
  readonly orgId: string;
  readonly callId: string;
  readonly startedAt: Date;
}

/** What was heard, of both sides. Writing it twice changes nothing. */
export async function indexWords(
  tx: OrgTx,
  { orgId, callId, startedAt }: IndexedCall,
  { orgKey, turns }: { orgKey: Buffer; turns: readonly TranscriptTurn[] },
): Promise<void> {
  const hash = wordHasher(orgKey);
  const words = new Set(turns.flatMap(({ text }) => searchWords(text)));
  if (words.size === 0) return;
  // In no order that a sentence could be read from, and the same for everybody who writes.
  const hashes = [...words].map((word) => String(hash(word))).toSorted();
  await tx.execute(sql`
    insert into call_words (org_id, word, started_at, call_id)
    select ${orgId}, word, ${startedAt.toISOString()}::timestamptz, ${callId} from unnest(${sql.param(hashes)}::bigint[]) as word
    on conflict do nothing`);
}

export async function forgetWords(tx: OrgTx, callId: string): Promise<void> {
  await tx.delete(callWords).where(eq(callWords.callId, callId));
}
