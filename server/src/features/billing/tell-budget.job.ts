/** Mail to an owner: a threshold of the budget was reached. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Mail, Mailer } from "../../platform/mail/send-mail.ts";
import { defineJob, type JobWorker } from "../../platform/queue/queue.ts";

export const tellBudget = defineJob({
  name: "budget.tell",
  payload: z.object({ orgId: z.string(), noticeId: z.string(), userId: z.string() }),
  retries: 8,
  retryDelaySeconds: 60,
});

export interface TellBudgetParts {
  readonly db: OrgDb;
  readonly mailer: Pick<Mailer, "sendMail">;
  /** Undefined for who is no member any more. */
  readonly memberOf: (tx: OrgTx, userId: string) => Promise<{ email: string; language: string } | undefined>;
  readonly origin: () => string;
}

interface Notice {
  readonly organization: string;
  readonly period: string;
  readonly measure: "amount" | "minutes";
  readonly threshold: number;
  readonly caps: boolean;
}

/** A mail may come twice when the worker dies between sending it and saying so; none is lost. */
export async function handleTellBudget(
  worker: Pick<JobWorker, "handle">,
  { db, mailer, memberOf, origin }: TellBudgetParts,
): Promise<void> {
  await worker.handle(tellBudget, async ({ orgId, noticeId, userId }) => {
    const mail = await db.withOrg(orgId, async (tx) => {
      const person = await memberOf(tx, userId);
      const notice = await readNotice(tx, noticeId);
      return person && notice && composeMail({ ...notice, ...person, link: `${origin()}/usage` });
    });
    if (mail !== undefined) await mailer.sendMail(mail);
  });
}

async function readNotice(tx: OrgTx, id: string): Promise<Notice | undefined> {
  const { rows } = await tx.execute<{ [K in keyof Notice]: Notice[K] }>(sql`
    select o.name as organization, n.period, n.measure, n.threshold, coalesce(b.caps, false) as caps
    from budget_notices n cross join organizations o left join budgets b on true where n.id = ${id}`);
  return rows[0];
}

function composeMail(about: Notice & { email: string; language: string; link: string }): Mail {
  const { organization, period, threshold, caps, email: to, link } = about;
  const stops = caps && threshold >= 100;
  if (about.language.split("-")[0] === "ar") {
    const what = about.measure === "amount" ? "ميزانية التكلفة" : "ميزانية الدقائق";
    const first = `استخدمت ${organization} ‏${threshold}٪ من ${what} للفترة ${period}.`;
    const second = stops ? "لن تُستقبل مكالمات جديدة حتى ترفع الميزانية أو تبدأ الفترة التالية." : "المكالمات مستمرة.";
    return {
      to,
      link,
      subject: `${threshold}٪ من ميزانية ${organization}`,
      text: [first, second, link, "Parley"].join("\n\n"),
    };
  }
  const what = about.measure === "amount" ? "cost budget" : "budget of minutes";
  const first = `${organization} has used ${threshold} % of its ${what} for ${period}.`;
  const second = stops
    ? "New calls are refused until the budget is raised or the next period begins. Calls that run go on."
    : "Calls go on.";
  return {
    to,
    link,
    subject: `${organization}: ${threshold} % of the budget`,
    text: [first, second, link, "Parley"].join("\n\n"),
  };
}
