/** Monthly statements: reckoned while the month runs, frozen on the billing day. */
import type { Statement } from "@parley/contract/billing";
import { statement as statementSchema } from "@parley/contract/billing";
import { sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { lockUsage } from "../usage/index.ts";
import { localDay, type Month, monthOf, nextMonth } from "./calendar.ts";
import { readPlans } from "./plans.ts";
import { reckonMonth } from "./reckon-month.ts";

export interface StatementParts {
  readonly db: OrgDb;
  readonly clock: Clock;
}

export interface Statements {
  list(orgId: string): Promise<{ items: { month: string; closedAt: string | null }[] }>;
  /** Throws AppError `not_found` for a month without usage or plan, or to come. */
  get(orgId: string, month: string): Promise<Statement>;
  /** Freezes every month of every organisation whose billing day has come. Again: nothing. Resolves with how many. */
  closeMonths(): Promise<number>;
}

interface Home {
  readonly timeZone: string;
  readonly organization: { readonly id: string; readonly name: string };
  /** The first month in which there is something. */
  readonly since: Month;
  readonly current: Month;
  readonly today: string;
}

async function readHome(tx: OrgTx, nowMs: number): Promise<Home | undefined> {
  const { rows } = await tx.execute<{ id: string; name: string; time_zone: string; since: string | null }>(sql`
    select org_id as id, name, time_zone,
      least((select min(day) from usage_days), (select min(valid_from) from organization_plans))::text as since
    from organizations`);
  const [row] = rows;
  if (row === undefined) return undefined;
  const today = localDay(nowMs, row.time_zone);
  const current = monthOf(today);
  const since = row.since === null || row.since > today ? current : monthOf(row.since);
  return { timeZone: row.time_zone, organization: { id: row.id, name: row.name }, since, current, today };
}

async function readClosed(tx: OrgTx): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ month: string; closed_at: string | Date }>(
    sql`select month, closed_at from statements`,
  );
  return new Map(rows.map(({ month, closed_at }) => [month, new Date(closed_at).toISOString()]));
}

function monthsFromTo(since: Month, until: Month): Month[] {
  const months: Month[] = [];
  for (let month = since; month.name <= until.name; month = nextMonth(month)) months.push(month);
  return months;
}

export function createStatements({ db, clock }: StatementParts): Statements {
  return {
    list: (orgId) =>
      db.withOrg(orgId, async (tx) => {
        const home = await readHome(tx, clock.wallNow());
        if (home === undefined) return { items: [] };
        const closed = await readClosed(tx);
        const names = new Set([...closed.keys(), ...monthsFromTo(home.since, home.current).map(({ name }) => name)]);
        const ordered = [...names].toSorted().reverse();
        return { items: ordered.map((month) => ({ month, closedAt: closed.get(month) ?? null })) };
      }),
    get: (orgId, month) =>
      db.withOrg(orgId, async (tx) => {
        const { rows } = await tx.execute<{ document: unknown }>(
          sql`select document from statements where month = ${month}`,
        );
        if (rows[0] !== undefined) return statementSchema.parse(rows[0].document);
        const home = await readHome(tx, clock.wallNow());
        if (home === undefined || month < home.since.name || month > home.current.name) {
          throw new AppError("not_found", { publicMessage: "There is no statement of this month." });
        }
        return await reckonMonth(tx, monthOf(month), home);
      }),
    async closeMonths() {
      let closed = 0;
      for (const orgId of await db.askForIds("organizations_to_bill"))
        closed += await closeMonthsOf({ db, clock }, orgId);
      return closed;
    },
  };
}

/** Without a plan, a month is closed on the first day of the next. */
async function isDue(tx: OrgTx, month: Month, today: string): Promise<boolean> {
  const plan = (await readPlans(tx)).find(({ validFrom }) => validFrom <= month.last);
  const day = String(plan?.billingDay ?? 1).padStart(2, "0");
  return today >= `${nextMonth(month).name}-${day}`;
}

async function closeMonthsOf({ db, clock }: StatementParts, orgId: string): Promise<number> {
  const home = await db.withOrg(orgId, (tx) => readHome(tx, clock.wallNow()));
  if (home === undefined) return 0;
  let closed = 0;
  for (const month of monthsFromTo(home.since, home.current)) {
    if (month.name === home.current.name) break;
    closed += await db.withOrg(orgId, (tx) => closeMonth(tx, { month, orgId, nowMs: clock.wallNow() }));
  }
  return closed;
}

/** Calls that end meanwhile wait, and count in the month that is open then. */
async function closeMonth(
  tx: OrgTx,
  { month, orgId, nowMs }: { month: Month; orgId: string; nowMs: number },
): Promise<number> {
  const { rows } = await tx.execute(sql`select from statements where month = ${month.name}`);
  if (rows.length > 0) return 0;
  await lockUsage(tx, orgId);
  const home = await readHome(tx, nowMs);
  if (home === undefined || !(await isDue(tx, month, home.today))) return 0;
  const closedAt = new Date(nowMs).toISOString();
  const document: Statement = { ...(await reckonMonth(tx, month, home)), closedAt };
  const done = await tx.execute(sql`
    insert into statements (org_id, month, closed_at, document)
    values (${orgId}, ${month.name}, ${closedAt}::timestamptz, ${JSON.stringify(document)}::jsonb) on conflict do nothing`);
  return done.rowCount ?? 0;
}
