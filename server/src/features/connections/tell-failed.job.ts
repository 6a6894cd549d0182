/** The mail to an owner whose account at a vendor is connected no more. */
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Mail, Mailer } from "../../platform/mail/send-mail.ts";
import { defineJob } from "../../platform/queue/queue.ts";
import { type Organizations, organizationsTable } from "../organizations/index.ts";
import { connections } from "./connections.table.ts";
import { openConnection } from "./sealed-connection.ts";

export const tellConnectionFailed = defineJob({
  name: "connections.tell-failed",
  payload: z.object({ orgId: z.string(), connectionId: z.string(), userId: z.string() }),
  retries: 8,
  retryDelaySeconds: 60,
});

export interface FailureNoticeParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly mailer: Pick<Mailer, "sendMail">;
  /** Undefined when the person is no member any more. */
  readonly memberOf: (tx: OrgTx, userId: string) => Promise<{ email: string; language: string } | undefined>;
}

/** Of one that is connected again by then, nothing is told. Rejects when the mail cannot be handed over. */
export function createFailureNotice({ db, organizations, mailer, memberOf }: FailureNoticeParts) {
  return async ({ orgId, connectionId, userId }: z.infer<typeof tellConnectionFailed.payload>): Promise<void> => {
    const mail = await db.withOrg(orgId, async (tx) => {
      const [row] = await tx.select().from(connections).where(eq(connections.id, connectionId));
      if (row === undefined || row.status !== "failed") return undefined;
      const member = await memberOf(tx, userId);
      if (member === undefined) return undefined;
      const [organization] = await tx.select({ name: organizationsTable.name }).from(organizationsTable);
      const { name } = openConnection(row, await organizations.keyOf(tx, orgId));
      return compose({ ...member, account: name, organizationName: organization?.name ?? "Parley" });
    });
    if (mail !== undefined) await mailer.sendMail(mail);
  };
}

interface Notice {
  readonly email: string;
  readonly language: string;
  readonly account: string;
  readonly organizationName: string;
}

function compose({ email: to, language, account, organizationName }: Notice): Mail {
  if (language.split("-")[0] === "ar") {
    const lines = [
      `لم يعد حساب ${account} الخاص بـ ${organizationName} متصلًا: سُحبت الموافقة أو انتهت.`,
      "إلى أن يُعاد ربطه لا تُقرأ تقاويمه وجداوله ولا يُكتب فيها. افتح صفحة الحسابات المرتبطة وامنح موافقتك من جديد.",
    ];
    return { to, subject: `انقطع الاتصال بحساب ${account}`, text: [...lines, "Parley"].join("\n\n") };
  }
  const lines = [
    `The account ${account} of ${organizationName} is connected no more: its consent was withdrawn or has expired.`,
    "Until it is connected again its calendars and sheets are neither read nor written. Open the page of connected accounts and give your consent anew.",
  ];
  return { to, subject: `${account} is connected no more`, text: [...lines, "Parley"].join("\n\n") };
}
