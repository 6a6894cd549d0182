/** Whether an organisation may have another call now: not suspended, and below the limits it was given. */
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { OrganizationLimits, Standings } from "./standings.ts";

export type Admission =
  | { readonly verdict: "allow" }
  | {
      readonly verdict: "refuse";
      readonly reason: "suspended" | "too-many-calls" | "too-many-calls-today";
      readonly words: string;
      readonly language: string;
    };

export interface CallAdmissions {
  admit(call: { orgId: string; language: string; atMs: number }): Promise<Admission>;
  /** A call that was admitted is on its way: it counts before its row is there. */
  expect(orgId: string, callId: string): void;
}

type Reason = Extract<Admission, { verdict: "refuse" }>["reason"];

/** An announced call has come by then, or never comes. */
const announcedMs = 60_000;

const english: Readonly<Record<Reason, string>> = {
  suspended: "This number cannot take calls at the moment. Goodbye.",
  "too-many-calls": "All our lines are busy right now. Please call again in a few minutes. Goodbye.",
  "too-many-calls-today": "We cannot take any more calls today. Please call again tomorrow. Goodbye.",
};
const arabic: Readonly<Record<Reason, string>> = {
  suspended: "هذا الرقم لا يستقبل المكالمات حاليا. مع السلامة.",
  "too-many-calls": "كل خطوطنا مشغولة الآن. من فضلك اتصل مرة أخرى بعد دقائق. مع السلامة.",
  "too-many-calls-today": "لا يمكننا استقبال مكالمات أخرى اليوم. من فضلك اتصل غدا. مع السلامة.",
};

function refuse(reason: Reason, language: string): Admission {
  const isArabic = language.split("-")[0] === "ar";
  const words = (isArabic ? arabic : english)[reason];
  return { verdict: "refuse", reason, words, language: isArabic ? language : "en-US" };
}

export function createCallAdmissions({
  db,
  clock,
  standings,
}: {
  db: OrgDb;
  clock: Clock;
  standings: Standings;
}): CallAdmissions {
  const expected = new Map<string, ReadonlyMap<string, number>>();
  /** Announced on this node in the last minute. */
  const expectedOf = (orgId: string): Map<string, number> => {
    const since = clock.now() - announcedMs;
    const calls = new Map([...(expected.get(orgId) ?? [])].filter(([, atMs]) => atMs > since));
    if (calls.size === 0) expected.delete(orgId);
    else expected.set(orgId, calls);
    return calls;
  };

  return {
    async admit({ orgId, language, atMs }) {
      const standing = await standings.of(orgId);
      if (standing.suspendedAt !== null) return refuse("suspended", language);
      if (standing.maxConcurrentCalls === null && standing.maxCallsPerDay === null) return { verdict: "allow" };
      const announced = [...expectedOf(orgId).keys()];
      const counts = await db.withOrg(orgId, (tx) => countCalls(tx, atMs, announced));
      // Those of other nodes are not known: together they may go over by the calls that are just being connected.
      const onTheirWay = announced.length - counts.come;
      const reason = exceeded(standing, { open: counts.open + onTheirWay, today: counts.today + onTheirWay });
      return reason === undefined ? { verdict: "allow" } : refuse(reason, language);
    },
    expect(orgId, callId) {
      expected.set(orgId, expectedOf(orgId).set(callId, clock.now()));
    },
  };
}

function exceeded(limits: OrganizationLimits, calls: { open: number; today: number }): Reason | undefined {
  if (limits.maxConcurrentCalls !== null && calls.open >= limits.maxConcurrentCalls) return "too-many-calls";
  if (limits.maxCallsPerDay !== null && calls.today >= limits.maxCallsPerDay) return "too-many-calls-today";
  return undefined;
}

/** Days are the organisation's own. `come`: how many of the announced ones have a row. */
async function countCalls(tx: OrgTx, atMs: number, announced: readonly string[]) {
  const at = new Date(atMs).toISOString();
  const { rows } = await tx.execute<{ open: number; today: number; come: number }>(sql`
    select (select count(*)::int from calls where ended_at is null) as open,
           (select count(*)::int from calls where id = any(${sql.param([...announced])}::text[])) as come,
           (select count(*)::int from calls where started_at >= day.began) as today
    from (
      select date_trunc('day', ${at}::timestamptz at time zone time_zone) at time zone time_zone as began from organizations
    ) day`);
  return rows[0] ?? { open: 0, today: 0, come: 0 };
}
