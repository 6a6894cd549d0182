import type { Mail } from "../../platform/mail/send-mail.ts";

export interface InvitationMail {
  readonly to: string;
  readonly language: string;
  readonly organizationName: string;
  readonly origin: string;
  readonly token: string;
}

/** The token stands behind the `#`: a browser sends that part to no server and no log. */
export function composeInvitation({ to, language, organizationName, origin, token }: InvitationMail): Mail {
  const link = `${origin}/accept-invitation#token=${token}`;
  const isArabic = language.split("-")[0] === "ar";
  const subject = isArabic ? `دعوة للانضمام إلى ${organizationName}` : `Join ${organizationName} on Parley`;
  const line = isArabic
    ? `تمت دعوتك للانضمام إلى ${organizationName} على Parley. يعمل هذا الرابط مرة واحدة ولمدة سبعة أيام:`
    : `You are invited to join ${organizationName} on Parley. This link works once, for seven days:`;
  return { to, subject, text: [line, link, "Parley"].join("\n\n"), link };
}
