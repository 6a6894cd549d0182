/** The mail to an owner whose endpoint was switched off: a job for each owner, so that one's failing mail is not another's second. */
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Mail, Mailer } from "../../platform/mail/send-mail.ts";
import { defineJob } from "../../platform/queue/queue.ts";
import { type Organizations, organizationsTable } from "../organizations/index.ts";
import { openEndpoint } from "./sealed-endpoint.ts";
import { webhookEndpoints } from "./webhooks.table.ts";

export const tellSwitchedOff = defineJob({
  name: "webhooks.tell-switched-off",
  payload: z.object({ orgId: z.string(), endpointId: z.string(), userId: z.string() }),
  retries: 8,
  retryDelaySeconds: 60,
});

export interface SwitchOffNoticeParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly mailer: Pick<Mailer, "sendMail">;
  /** Undefined when the person is no member any more. */
  readonly memberOf: (tx: OrgTx, userId: string) => Promise<{ email: string; language: string } | undefined>;
}

/** Of an endpoint that is on again by then, nothing is told. Rejects when the mail cannot be handed over. */
export function createSwitchOffNotice({ db, organizations, mailer, memberOf }: SwitchOffNoticeParts) {
  return async ({ orgId, endpointId, userId }: z.infer<typeof tellSwitchedOff.payload>): Promise<void> => {
    const mail = await db.withOrg(orgId, async (tx) => {
      const [row] = await tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, endpointId));
      if (row === undefined || row.enabled) return undefined;
      const member = await memberOf(tx, userId);
      if (member === undefined) return undefined;
      const [organization] = await tx.select({ name: organizationsTable.name }).from(organizationsTable);
      const { host } = new URL(openEndpoint(await organizations.keyOf(tx, orgId), row).url);
      return composeNotice({ ...member, host, organizationName: organization?.name ?? "Parley" });
    });
    if (mail !== undefined) await mailer.sendMail(mail);
  };
}

interface Notice {
  readonly email: string;
  readonly language: string;
  readonly host: string;
  readonly organizationName: string;
}

/** The host alone: the rest of an address may hold a token. */
function composeNotice({ email: to, language, host, organizationName }: Notice): Mail {
  if (language.split("-")[0] === "ar") {
    const lines = [
      `لم يستقبل العنوان ${host} أي حدث من أحداث ${organizationName} منذ ثلاثة أيام، فأوقفنا الإرسال إليه.`,
      "ما ينتظر منها محفوظ. أصلح الخادم ثم أعد تشغيل العنوان، وستصل الأحداث المنتظرة. أما الأحداث التي تقع وهو متوقف فلا تُحفظ.",
    ];
    return { to, subject: `أوقفنا إرسال الأحداث إلى ${host}`, text: [...lines, "Parley"].join("\n\n") };
  }
  const lines = [
    `${host} has taken no event of ${organizationName} for three days, so nothing is sent to it any more.`,
    "What waits is kept. Mend the server and switch the endpoint on again: the waiting events are sent then. Events that happen while it is off are not kept.",
  ];
  return { to, subject: `Events are no longer sent to ${host}`, text: [...lines, "Parley"].join("\n\n") };
}
