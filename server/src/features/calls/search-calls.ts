/**
 * Calls by words that were heard in them. The rarest word leads, by its own rows of the blind index, newest first; the others are looked
 * up beside it. Each request looks at so many rows at most: a page may be short, and its cursor says how far it got.
 */
import type { TranscriptTurn } from "@parley/contract/call-record";
import type { FoundCall } from "@parley/contract/calls";
import { and, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { searchWords } from "../../kernel/search-words.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { openTurns } from "./call-content.ts";
import { conditionsOf } from "./call-filters.ts";
import { wordHasher } from "./call-words.ts";
import { type CallRow, calls, callWords } from "./calls.table.ts";
import { before, type ListCallsQuery, limitOf, makeCursor } from "./list-calls.ts";

/** Rows of the leading word that one request looks at. */
const maxScanned = 5000;
/** Calls whose words are opened to look for a phrase, in one request. */
const maxOpened = 200;
const maxWords = 12;
const maxMatches = 3;

export type CallMatch = NonNullable<FoundCall["matches"]>[number];

export interface FoundRows {
  readonly rows: { row: CallRow; matches: CallMatch[] }[];
  readonly nextCursor: string | undefined;
}

interface Search {
  /** Each once. */
  readonly words: readonly string[];
  /** Words that must follow each other in one turn. */
  readonly phrases: readonly (readonly string[])[];
}

/** Throws AppError `bad_request` when there is no word in it, or too many. */
export function parseSearch(text: string): Search {
  const quoted = [...text.matchAll(/["“”«»]([^"“”«»]+)["“”«»]/gu)].map(([, phrase = ""]) => searchWords(phrase));
  const words = [...new Set(searchWords(text))];
  if (words.length === 0) {
    throw new AppError("bad_request", { publicMessage: "q must hold at least one word or number to look for." });
  }
  if (words.length > maxWords) {
    throw new AppError("bad_request", { publicMessage: `q may hold ${maxWords} different words at most.` });
  }
  return { words, phrases: quoted.filter((phrase) => phrase.length > 1) };
}

export async function searchCalls(
  tx: OrgTx,
  orgKey: Buffer,
  query: ListCallsQuery & { q: string },
): Promise<FoundRows> {
  const { words, phrases } = parseSearch(query.q);
  const limit = limitOf(query);
  const hashes = await rarestFirst(tx, words.map(wordHasher(orgKey)));
  if (hashes.length < words.length) return { rows: [], nextCursor: undefined };
  const found: FoundRows["rows"] = [];
  const wish = { words: new Set(words), phrases };
  let cursor = query.cursor;
  const wanted = limit + 1;
  for (let opened = 0; ; ) {
    const { rows, scannedTo } = await selectByWords(tx, orgKey, { ...query, cursor, hashes, wanted });
    const of = phrases.length === 0 ? rows.slice(0, limit) : rows;
    const turns = await openTurns(tx, orgKey, of);
    for (const row of rows) {
      if (found.length === limit) return { rows: found, nextCursor: cursor };
      const matches = matchesOf(wish, turns.get(row.id) ?? []);
      if (matches !== undefined) found.push({ row, matches });
      cursor = makeCursor(row);
      opened++;
    }
    if (rows.length < wanted) return { rows: found, nextCursor: scannedTo };
    if (phrases.length > 0 && opened >= maxOpened) return { rows: found, nextCursor: cursor };
  }
}

/** A word that nobody said is left out. Counting ends early: it only has to tell which is rarer. */
async function rarestFirst(tx: OrgTx, hashes: readonly bigint[]): Promise<bigint[]> {
  const counted = sql.param(hashes.map(String));
  const { rows } = await tx.execute<{ word: string }>(sql`
    select w.word::text as word from unnest(${counted}::bigint[]) as w(word)
    cross join lateral (
      select count(*) as calls from (select 1 from call_words c where c.word = w.word limit 2000) as probed
    ) counted
    where counted.calls > 0 order by counted.calls`);
  return rows.map(({ word }) => BigInt(word));
}

interface WordQuery extends ListCallsQuery {
  /** The first leads. */
  readonly hashes: readonly bigint[];
  readonly wanted: number;
}

/** `scannedTo`: where to go on when fewer than wanted were found; undefined at the end of the index. */
async function selectByWords(tx: OrgTx, orgKey: Buffer, query: WordQuery) {
  const [first, ...others] = query.hashes;
  const position = sql`(${callWords.startedAt}, ${callWords.callId})`;
  const leading: SQL[] = [sql`${callWords.word} = ${String(first)}::bigint`];
  if (query.cursor !== undefined) leading.push(before(position, query.cursor));
  if (query.since !== undefined) leading.push(sql`${callWords.startedAt} >= ${query.since}::timestamptz`);
  if (query.until !== undefined) leading.push(sql`${callWords.startedAt} < ${query.until}::timestamptz`);
  const led = tx
    .select({ startedAt: callWords.startedAt, callId: callWords.callId })
    .from(callWords)
    .where(and(...leading))
    .orderBy(desc(callWords.startedAt), desc(callWords.callId))
    .limit(maxScanned)
    .as("led");
  // The limit keeps each a look into the index by its whole key; as `exists` the planner may join two words' rows instead.
  const alsoSaid = others.map(
    (word) => sql`(select true from call_words w where w.word = ${String(word)}::bigint
      and w.started_at = ${led.startedAt} and w.call_id = ${led.callId} limit 1)`,
  );
  const rows = await tx
    .select(getTableColumns(calls))
    .from(led)
    .innerJoin(calls, eq(calls.id, led.callId))
    .where(and(...alsoSaid, ...conditionsOf(query, orgKey)))
    .orderBy(desc(led.startedAt), desc(led.callId))
    .limit(query.wanted);
  if (rows.length >= query.wanted) return { rows, scannedTo: undefined };
  const [last] = await tx
    .select()
    .from(led)
    .orderBy(desc(led.startedAt), desc(led.callId))
    .offset(maxScanned - 1);
  const scannedTo = last === undefined ? undefined : makeCursor({ startedAt: last.startedAt, id: last.callId });
  return { rows, scannedTo };
}

/** The turns that hold a searched word, those that hold most of them first. Undefined: a phrase is in none. */
function matchesOf(
  { words, phrases }: { words: ReadonlySet<string>; phrases: Search["phrases"] },
  turns: Iterable<TranscriptTurn>,
): CallMatch[] | undefined {
  const missing = new Set(phrases);
  const found: { turn: TranscriptTurn; weight: number }[] = [];
  for (const turn of turns) {
    const said = searchWords(turn.text);
    const held = phrases.filter((phrase) => holdsPhrase(said, phrase));
    for (const phrase of held) missing.delete(phrase);
    const weight = new Set(said.filter((word) => words.has(word))).size + held.length * maxWords;
    if (weight > 0) found.push({ turn, weight });
    // Nothing better can follow.
    if (missing.size === 0 && found.filter((one) => one.weight >= words.size).length >= maxMatches) break;
  }
  if (missing.size > 0) return undefined;
  return found
    .toSorted((left, right) => right.weight - left.weight)
    .slice(0, maxMatches)
    .map(({ turn: { speaker, atMs, text } }) => ({ speaker, atMs, text }));
}

function holdsPhrase(said: readonly string[], phrase: readonly string[]): boolean {
  return said.some((_, start) => phrase.every((word, index) => said[start + index] === word));
}
