/** Budgets: set, shown, and asked whether an organisation may have another call. */
import type { Budget, BudgetTerms } from "@parley/contract/billing";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { lockUsage, sumCosts, toSafeNumber } from "../usage/index.ts";
import {
  type BudgetState,
  isExhausted,
  measuresOf,
  nothingMore,
  readBudget,
  type Spent,
  writeBudget,
} from "./budget-store.ts";
import type { BudgetWatch } from "./budget-watch.ts";

export interface BudgetParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly watch: BudgetWatch;
}

export type BudgetVerdict =
  | { readonly verdict: "allow" }
  | {
      readonly verdict: "refuse";
      readonly reason: "budget-exhausted";
      readonly words: string;
      readonly language: string;
    };

export interface Budgets {
  get(orgId: string): Promise<Budget>;
  set(asked: { orgId: string; actor: Actor; terms: BudgetTerms }): Promise<Budget>;
  /**
   * Counts what is spent and what the calls that run are expected to cost. A call that is let in is reserved for until it is there,
   * on whichever node; an inquiry reserves nothing.
   */
  admit(call: { orgId: string; language: string; atMs: number; isInquiry?: boolean }): Promise<BudgetVerdict>;
}

/** A call that was let in has come by then, or never comes. */
const reservedMs = 60_000;
/** Of an organisation without calls to judge by. */
const usualCall = { seconds: 180, costMicros: 300_000 };

const english = "We cannot take your call at the moment. Please call again later. Goodbye.";
const arabic = "لا يمكننا استقبال مكالمتك الآن. من فضلك اتصل في وقت لاحق. مع السلامة.";

export function createBudgets({ db, clock, audit, watch }: BudgetParts): Budgets {
  return {
    get: (orgId) => db.withOrg(orgId, async (tx) => toBudget(await readBudget(tx, clock.wallNow()))),
    set: ({ orgId, actor, terms }) =>
      db.withOrg(orgId, async (tx) => {
        requireLimits(terms);
        await lockUsage(tx, orgId);
        await writeBudget(tx, orgId, { ...terms, nowMs: clock.wallNow() });
        const { currency, monthly, daily, caps } = terms;
        const facts = {
          ...{ currency, caps, monthlyAmount: monthly.amount, monthlyMinutes: monthly.minutes },
          ...{ dailyAmount: daily.amount, dailyMinutes: daily.minutes },
        };
        await audit.append(tx, { orgId, actor, action: "budget.set", subject: orgId, facts });
        await watch.check(tx, orgId);
        return toBudget(await readBudget(tx, clock.wallNow()));
      }),
    async admit({ orgId, language, atMs, isInquiry = false }) {
      const admitted = await db.withOrg(orgId, (tx) => reserve(tx, { orgId, atMs, isInquiry }));
      if (admitted) return { verdict: "allow" };
      const isArabic = language.split("-")[0] === "ar";
      const words = isArabic ? arabic : english;
      return { verdict: "refuse", reason: "budget-exhausted", words, language: isArabic ? language : "en-US" };
    },
  };
}

function requireLimits({ monthly, daily }: BudgetTerms): void {
  for (const [name, { amount }] of Object.entries({ monthly, daily })) {
    if (amount !== null && !/[1-9]/.test(amount)) {
      throw new AppError("bad_request", {
        publicMessage: `${name}.amount must be more than nothing; null lifts the limit.`,
      });
    }
  }
}

function toBudget(state: BudgetState): Budget {
  const currency = state.terms?.currency ?? "USD";
  const toSpent = ({ costMicros, seconds }: Spent) => ({
    cost: { micros: toSafeNumber(costMicros), currency },
    minutes: Math.round((seconds / 60) * 100) / 100,
  });
  return {
    terms: state.terms,
    month: toSpent(state.month),
    day: toSpent(state.day),
    notCounted: sumCosts(state.others),
    exhausted: state.terms?.caps === true && isExhausted(measuresOf(state, nothingMore)),
  };
}

async function reserve(
  tx: OrgTx,
  { orgId, atMs, isInquiry }: { orgId: string; atMs: number; isInquiry: boolean },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`select from budgets where caps`);
  if (rows.length === 0) return true;
  await lockUsage(tx, orgId);
  const state = await readBudget(tx, atMs);
  if (isExhausted(measuresOf(state, await expectedMore(tx, { atMs, currency: state.terms?.currency ?? "USD" }))))
    return false;
  if (isInquiry) return true;
  const until = new Date(atMs + reservedMs).toISOString();
  await tx.execute(sql`
    insert into budget_reservations (org_id, id, expires_at)
    values (${orgId}, ${newId("rsv", atMs)}, ${until}::timestamptz)`);
  return true;
}

/** Each call that runs or comes is taken to last as long as calls lately did, or longer if it has; and to cost as they did. */
async function expectedMore(tx: OrgTx, { atMs, currency }: { atMs: number; currency: string }): Promise<Spent> {
  const at = new Date(atMs).toISOString();
  await tx.execute(sql`delete from budget_reservations where expires_at <= ${at}::timestamptz`);
  const { rows } = await tx.execute<{ seconds: string; micros: string }>(sql`
    with lately as (
      select coalesce(sum(call_seconds) / nullif(sum(calls), 0), ${usualCall.seconds}::int) as seconds,
        coalesce(sum(cost_micros) filter (where currency = ${currency}) / nullif(sum(call_seconds), 0),
          ${usualCall.costMicros}::int / ${usualCall.seconds}::numeric) as micros_a_second
      from usage_days where day > (${at}::timestamptz - interval '7 days')::date
    ),
    running as (
      select count(*) as calls, coalesce(sum(greatest(l.seconds, extract(epoch from ${at}::timestamptz - c.started_at))), 0) as seconds
      from calls c, lately l where c.ended_at is null
    )
    select round(r.seconds + waiting.calls * l.seconds, 3)::text as seconds,
      ceil((r.seconds + waiting.calls * l.seconds) * l.micros_a_second)::bigint::text as micros
    from running r, lately l, (select count(*) as calls from budget_reservations) waiting`);
  return { seconds: Number(rows[0]?.seconds ?? 0), costMicros: BigInt(rows[0]?.micros ?? "0") };
}

/** The call is there: it counts by its row. One statement, and nothing to do without a budget that stops calls. */
export async function releaseReservation(tx: OrgTx): Promise<void> {
  await tx.execute(sql`
    delete from budget_reservations where id = (
      select id from budget_reservations order by expires_at limit 1 for update skip locked
    )`);
}
