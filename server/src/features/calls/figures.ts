/**
 * What calls add up to. Each ended call is counted once, into the hour and the day of the organisation's clock in which it began, so that
 * a year is read from 366 rows, however many calls it had. Days from before a change of that clock's zone stay days of the former zone.
 */
import type { CallStatistics } from "@parley/contract/call-record";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readPlace } from "../organizations/index.ts";
import type { CallRow } from "./calls.table.ts";

/** Stored by place: add at the end, before nothing. What is not here counts as the last. */
const outcomes = [
  ...["caller-hung-up", "agent-ended", "idle", "max-duration", "operator", "transferred", "failed", "draining"],
  ...["connection-lost", "other"],
];

/** Upper ends of the steps of first-audio latency, in milliseconds, each 12 % above the one before; the last has none. Stored by place. */
const steps = Array.from({ length: 44 }, (_, index) => Math.round(60 * 1.12 ** index));
/** A step more than ends: the last is open. */
const noTurns = [...steps, 0].map(() => 0);

export interface Measures {
  readonly firstAudioMs: readonly number[];
  readonly interruptions: number;
}

/** Of a call that is over. Whoever calls this sees to it that it happens once. */
export async function addFigures(tx: OrgTx, call: CallRow, measures: Measures): Promise<void> {
  const { timeZone } = await readPlace(tx);
  const reason = outcomes.indexOf(call.hangUpReason ?? "other");
  const ofOutcomes = outcomes.map((_, index) => Number(index === (reason < 0 ? outcomes.length - 1 : reason)));
  const firstAudio = [...noTurns];
  for (const latencyMs of measures.firstAudioMs) {
    const step = steps.findIndex((end) => latencyMs <= end);
    const at = step < 0 ? steps.length : step;
    firstAudio[at] = (firstAudio[at] ?? 0) + 1;
  }
  await tx.execute(sql`
    insert into call_figures as f
      (org_id, unit, slot, calls, answered, transferred, interruptions, duration_ms, outcomes, first_audio)
    select ${call.orgId}, unit, date_trunc(unit, ${call.startedAt.toISOString()}::timestamptz, ${timeZone}), 1,
      ${Number(call.answeredAt !== null)}::int, ${Number(call.hangUpReason === "transferred")}::int,
      ${measures.interruptions}::int, ${call.durationMs ?? 0}::bigint, ${sql.param(ofOutcomes)}::int[],
      ${sql.param(firstAudio)}::int[]
    from unnest(array['hour', 'day']) as unit
    on conflict (org_id, unit, slot) do update set
      calls = f.calls + 1, answered = f.answered + excluded.answered, transferred = f.transferred + excluded.transferred,
      interruptions = f.interruptions + excluded.interruptions, duration_ms = f.duration_ms + excluded.duration_ms,
      outcomes = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by place)
        from unnest(f.outcomes, excluded.outcomes) with ordinality as t(a, b, place)),
      first_audio = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by place)
        from unnest(f.first_audio, excluded.first_audio) with ordinality as t(a, b, place))`);
}

export interface StatisticsQuery {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly bucket: "hour" | "day";
}

const dayMs = 86_400_000;
const maxDays = { hour: 14, day: 400 } as const;

/** Throws AppError `bad_request` for a range that is none or too long. */
export async function readFigures(tx: OrgTx, query: StatisticsQuery, nowMs: number): Promise<CallStatistics> {
  const until = query.until === undefined ? new Date(nowMs) : new Date(query.until);
  const since = query.since === undefined ? new Date(until.getTime() - 30 * dayMs) : new Date(query.since);
  requireRange(since, until, query.bucket);
  const { timeZone } = await readPlace(tx);
  const { rows } = await tx.execute<FiguresRow>(sql`
    select date_trunc(${query.bucket}, slot, ${timeZone}) as start, calls, answered, transferred, interruptions,
      duration_ms::float8 as duration_ms, to_json(outcomes) as outcomes, to_json(first_audio) as first_audio
    from call_figures
    where unit = ${query.bucket} and slot >= date_trunc(${query.bucket}, ${since.toISOString()}::timestamptz, ${timeZone})
      and slot < ${until.toISOString()}::timestamptz
    order by slot`);
  const byStart = Map.groupBy(rows, (row) => new Date(row.start).toISOString());
  const sums = [...byStart].map(([start, same]) => [start, same.reduce(addRows)] as const);
  const buckets = sums.map(([start, row]) => ({ start, ...toFigures(row) }));
  const range = { since: since.toISOString(), until: until.toISOString(), timeZone, bucket: query.bucket };
  return { ...range, total: toFigures(rows.reduce(addRows, emptyRow())), buckets };
}

function requireRange(since: Date, until: Date, bucket: "hour" | "day"): void {
  if (since >= until) {
    throw new AppError("bad_request", { publicMessage: "since must lie before until." });
  }
  if (until.getTime() - since.getTime() > maxDays[bucket] * dayMs) {
    throw new AppError("bad_request", {
      publicMessage: `since and until may lie ${maxDays[bucket]} days apart with bucket=${bucket}.`,
    });
  }
}

interface FiguresRow extends Record<string, unknown> {
  readonly start: string | Date;
  readonly calls: number;
  readonly answered: number;
  readonly transferred: number;
  readonly interruptions: number;
  readonly duration_ms: number;
  readonly outcomes: readonly number[];
  readonly first_audio: readonly number[];
}

const emptyRow = (): FiguresRow => ({
  ...{ start: "", calls: 0, answered: 0, transferred: 0, interruptions: 0, duration_ms: 0 },
  ...{ outcomes: outcomes.map(() => 0), first_audio: [...noTurns] },
});

const addLists = (left: readonly number[], right: readonly number[]) =>
  left.map((value, index) => value + (right[index] ?? 0));

const addRows = (left: FiguresRow, right: FiguresRow): FiguresRow => ({
  start: left.start,
  calls: left.calls + right.calls,
  answered: left.answered + right.answered,
  transferred: left.transferred + right.transferred,
  interruptions: left.interruptions + right.interruptions,
  duration_ms: left.duration_ms + right.duration_ms,
  outcomes: addLists(left.outcomes, right.outcomes),
  first_audio: addLists(left.first_audio, right.first_audio),
});

function toFigures(row: FiguresRow): CallStatistics["total"] {
  const { calls, answered, transferred, interruptions } = row;
  const counted = outcomes.map((name, index) => [name, row.outcomes[index] ?? 0] as const);
  const turns = row.first_audio.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => quantileOf(row.first_audio, turns * share);
  return {
    ...{ calls, answered, missed: calls - answered, transferred, interruptions },
    minutes: Math.round(row.duration_ms / 600) / 100,
    outcomes: Object.fromEntries(counted.filter(([, count]) => count > 0)),
    firstAudio: turns === 0 ? null : { turns, p50: at(0.5), p95: at(0.95), p99: at(0.99) },
  };
}

/** Between a step's ends, as if its turns lay evenly in it. */
function quantileOf(counts: readonly number[], rank: number): number {
  let below = 0;
  for (const [index, count] of counts.entries()) {
    const start = steps[index - 1] ?? 0;
    const end = steps[index] ?? start;
    if (count > 0 && below + count >= rank) return Math.round(start + ((end - start) * (rank - below)) / count);
    below += count;
  }
  return steps.at(-1) ?? 0;
}
