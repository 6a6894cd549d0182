/** Our answer to a text, from the number it was written to. */
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readBusiness } from "./business.ts";
import type { NotificationParts, ToldAppointment } from "./notification-parts.ts";
import type { CustomerKind } from "./notifications.table.ts";
import { readSettings } from "./settings.ts";
import { dayAndTime, textOf, toLanguage } from "./templates.ts";

interface Reply {
  readonly kind: CustomerKind;
  readonly orgId: string;
  readonly sender: string;
  /** Our number. */
  readonly to: string;
  readonly appointment: ToldAppointment | undefined;
}

export async function composeReply(tx: OrgTx, reply: Reply, parts: NotificationParts): Promise<string> {
  const { kind, orgId, sender, to, appointment } = reply;
  if (kind === "from-agent") return "";
  const settings = await readSettings(tx, orgId, parts);
  const business = await readBusiness(tx);
  const contact = await parts.contactOf(tx, orgId, sender);
  const call =
    appointment?.callId === null || appointment === undefined
      ? undefined
      : await parts.callOf(tx, { orgId, id: appointment.callId });
  const tag = appointment?.language ?? call?.language ?? contact?.language ?? business.language;
  const language = toLanguage(tag);
  const when =
    appointment === undefined
      ? { day: "", time: "" }
      : dayAndTime(appointment.startsAtMs, appointment.timeZone ?? business.timeZone, language);
  const about = { name: appointment?.details?.name ?? "", service: appointment?.service ?? "" };
  const variables = { ...when, ...about, business: business.name, phone: to };
  return textOf({ kind, language, variables, settings });
}
