/** A million calls of fifty organisations, one of which has half of them, put into a database in a bounded time. */
import type pg from "pg";
import type { CallEventBody } from "../server/src/call/call-event.ts";
import { createCallStore, hashOfCaller } from "../server/src/features/calls/index.ts";
import type { Organizations } from "../server/src/features/organizations/index.ts";
import { systemClock } from "../server/src/kernel/clock.ts";
import { createBlindIndex } from "../server/src/platform/crypto/blind-index.ts";
import { newKey, seal, wrapKey } from "../server/src/platform/crypto/envelope.ts";
import type { OrgDb } from "../server/src/platform/db/org-db.ts";

export interface FillParts {
  /** Beyond row-level security. */
  readonly admin: pg.Client;
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly calls: number;
}

export const largeOrg = "org_large_0123456789abcdefghjk";
const smallOrgs = Array.from({ length: 49 }, (_, index) => `org_small${String(index).padStart(17, "0")}`);
export const smallOrg = smallOrgs[0] as string;

/** The newest call of all began then. */
export const newestAtMs = Date.UTC(2026, 10, 20);
const yearMs = 365 * 86_400_000;
const callers = 25_000;
const batch = 5000;
/** Words a call holds, one of each group; the first of a group is in 29 % of all calls. */
const groups = 14;
const wordsOfGroup = 40;
export const commonWords = ["word0x0", "word1x0", "word2x0"] as const;
export const rareWord = "hollandaise";
const rareCalls = 100;
/** Newest calls of the large organisation whose words are really stored: pages of a search open them. */
const spokenCalls = 1500;

export const numberOf = (index: number): string => `+2010${String(10_000_000 + (index % callers)).slice(-8)}`;
export const contactOf = (index: number): string => `con_${String(index % callers).padStart(26, "0")}`;

/** Even in [0, 1), the same in every run. */
function randomOf(index: number, column: number): number {
  let mixed = Math.imul(index ^ (column * 0x9e37_79b9), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x27d4_eb2f);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

const pick = (value: number, shares: readonly (readonly [string, number])[]): string =>
  shares.find(([, upTo]) => value < upTo)?.[0] ?? shares.at(-1)?.[0] ?? "";

/** Its id and beginning follow from its number, so that a cursor can be made for any of them. */
export function callAt(index: number, of: number): { id: string; startedAtMs: number } {
  const startedAtMs = newestAtMs - Math.floor(((of - index) / of) * yearMs);
  return { id: `call_${String(index).padStart(26, "0")}`, startedAtMs };
}

const orgOf = (index: number) =>
  index % 2 === 0 ? largeOrg : (smallOrgs[(index >> 1) % smallOrgs.length] ?? largeOrg);

export async function fillCalls(parts: FillParts): Promise<void> {
  const { admin, organizations, db } = parts;
  const keys = new Map<string, Buffer>();
  for (const orgId of [largeOrg, ...smallOrgs]) {
    await organizations.ensure({ orgId, name: orgId });
    keys.set(orgId, await db.withOrg(orgId, (tx) => organizations.keyOf(tx, orgId)));
  }
  await admin.query("set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '256MB'");
  const restore = await dropIndexes(admin);
  for (let start = 0; start < parts.calls; start += batch) await insertCalls(parts, keys, start);
  await fillWords(parts, keys);
  await restore();
  await fillFigures(admin);
  await admin.query("set session_replication_role = origin");
  await admin.query("analyze calls");
  await speak(parts);
  await admin.query("vacuum analyze");
}

/** Filling first and building afterwards is several times faster. */
async function dropIndexes(admin: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await admin.query<{ name: string; definition: string }>(`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename in ('calls', 'call_words') and indexname not like '%\\_pkey' and indexname not like '%\\_key'`);
  for (const { name } of rows) await admin.query(`drop index ${name}`);
  await admin.query("alter table call_words drop constraint call_words_pkey");
  return async () => {
    for (const { definition } of rows) await admin.query(definition);
    await admin.query("alter table call_words add primary key (org_id, word, started_at, call_id)");
  };
}

async function insertCalls({ admin, calls }: FillParts, keys: ReadonlyMap<string, Buffer>, start: number) {
  const columns: unknown[][] = Array.from({ length: 17 }, () => []);
  for (let index = start; index < Math.min(start + batch, calls); index++) {
    for (const [column, value] of rowOf(index, calls, keys).entries()) columns[column]?.push(value);
  }
  await admin.query(
    `insert into calls (id, org_id, agent_id, agent_name, language, channel, direction, status, process_id, started_at, answered_at,
       ended_at, last_event_at, hang_up_reason, duration_ms, turns, first_audio_p50_ms, sealed_caller, key_wrap, caller_hash, contact_id,
       has_recording, review, digested_at)
     select id, org, agent, 'Front desk', 'en-US', channel, direction, status, 'bench', at, at, at + duration * interval '1 ms', at,
       reason, duration, turns, p50, caller, wrap, hash, contact, recorded, review, at
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::int[],
       $10::int[], $11::real[], $12::bytea[], $13::bytea[], $14::bytea[], $15::text[], $16::bool[], $17::text[])
       as t(id, org, agent, channel, direction, status, at, reason, duration, turns, p50, caller, wrap, hash, contact, recorded, review)`,
    columns,
  );
}

function rowOf(index: number, of: number, keys: ReadonlyMap<string, Buffer>): unknown[] {
  const { id, startedAtMs } = callAt(index, of);
  const orgId = orgOf(index);
  const orgKey = keys.get(orgId) as Buffer;
  const key = newKey();
  const number = numberOf(index >> 1);
  const random = (column: number) => randomOf(index, column);
  const agent = pick(random(1), [
    ["agent_0", 0.5],
    ["agent_1", 0.9],
    ["agent_2", 0.999],
    ["agent_rare", 1],
  ]);
  return [
    ...[id, orgId, agent],
    pick(random(2), [
      ["phone", 0.97],
      ["web", 0.999],
      ["text", 1],
    ]),
    pick(random(3), [
      ["inbound", 0.9],
      ["outbound", 1],
    ]),
    pick(random(4), [
      ["completed", 0.97],
      ["failed", 0.999],
      ["interrupted", 1],
    ]),
    new Date(startedAtMs),
    pick(random(5), [
      ["caller-hung-up", 0.7],
      ["agent-ended", 0.95],
      ["transferred", 0.999],
      ["operator", 1],
    ]),
    Math.floor(-Math.log(1 - random(6)) * 120_000),
    ...[8, 800],
    seal(key, { orgId, owner: id, seq: "caller" }, number),
    wrapKey(orgKey, key, id),
    hashOfCaller(orgKey, number),
    contactOf(index >> 1),
    random(7) < 0.98,
    random(8) < 0.002 ? "right" : null,
  ];
}

async function fillWords({ admin }: FillParts, keys: ReadonlyMap<string, Buffer>): Promise<void> {
  await admin.query("create temp table vocabulary (org_id text, hashes bigint[])");
  for (const [orgId, key] of keys) {
    const hash = createBlindIndex(key, "call transcripts");
    const words = Array.from({ length: groups * wordsOfGroup }, (_, index) =>
      String(hash(`word${Math.floor(index / wordsOfGroup)}x${index % wordsOfGroup}`)),
    );
    await admin.query("insert into vocabulary values ($1, $2::bigint[])", [orgId, words]);
  }
  // One word of each group, the first ones most often: no word twice in a call.
  await admin.query(`
    insert into call_words
    select c.org_id, v.hashes[1 + g.n * ${wordsOfGroup} + floor(${wordsOfGroup} * random() ^ 3)::int], c.started_at, c.id
    from calls c join vocabulary v using (org_id) cross join generate_series(0, ${groups - 1}) as g(n)`);
  const rare = String(createBlindIndex(keys.get(largeOrg) as Buffer, "call transcripts")(rareWord));
  await admin.query(
    `insert into call_words select org_id, $1::bigint, started_at, id
     from (select * from calls where org_id = $2 and substr(id, 6)::bigint % 5000 = 0 limit $3) c`,
    [rare, largeOrg, rareCalls],
  );
}

async function fillFigures(admin: pg.Client): Promise<void> {
  await admin.query(`
    insert into call_figures
    select org_id, unit, date_trunc(unit, started_at, 'UTC'), count(*), count(*), count(*) filter (where hang_up_reason = 'transferred'),
      count(*) / 3, sum(duration_ms), array(select floor(random() * 30)::int from generate_series(1, 10)),
      array(select floor(random() * 60)::int from generate_series(1, 45))
    from calls cross join unnest(array['hour', 'day']) as unit group by 1, 2, 3`);
}

/** What a search opens: the words of the newest calls, and of those with the rare word, twenty turns each. */
async function speak({ admin, db, organizations, calls }: FillParts): Promise<void> {
  const store = createCallStore({ db, organizations, clock: systemClock });
  const { rows } = await admin.query<{ id: string }>(
    `(select id from calls where org_id = $1 order by started_at desc limit $2)
     union select id from calls where org_id = $1 and substr(id, 6)::bigint % 5000 = 0`,
    [largeOrg, Math.min(spokenCalls, calls)],
  );
  for (const { id } of rows) {
    const events = wordsOfACall().map((body, seq) => ({ ...body, v: 1 as const, seq, atMs: seq * 1000 }));
    await store.appendEvents(events.map((event) => ({ orgId: largeOrg, callId: id, event })));
  }
}

function wordsOfACall(): CallEventBody[] {
  const sought = `I would like to come in for ${commonWords.join(" ")}, could you look at ${rareWord} for me please`;
  const other =
    "And then there was the matter of the invoice that came last month, which I have already paid at the counter";
  const said = (turn: number) => (turn % 4 === 3 ? sought : other);
  return Array.from({ length: 20 }, (_, turn): CallEventBody[] => [
    { type: "turn-committed", turnId: `t${turn}`, trigger: "silence", content: { text: said(turn) } },
    { type: "turn-latency", turnId: `t${turn}`, replyId: `r${turn}`, latency: { firstAudioMs: 700 + turn } },
    {
      ...{ type: "reply-finished", replyId: `r${turn}`, turnId: `t${turn}`, outcome: "completed", heardMs: 2000 },
      content: { heard: `Certainly, ${said(turn)}`, unheard: "" },
    },
  ]).flat();
}
