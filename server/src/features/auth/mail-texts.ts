/** The mails' words, in the person's language: Arabic for any kind of it, English for the rest. */
import type { Mail } from "../../platform/mail/send-mail.ts";

export type MailKind = "verify-email" | "reset-password" | "email-change";

interface Words {
  readonly subject: string;
  readonly lines: readonly string[];
}

const english: Readonly<Record<MailKind, Words>> = {
  "verify-email": {
    subject: "Confirm your e-mail address",
    lines: ["Open this link to confirm that this address is yours. It works once, for three days:"],
  },
  "reset-password": {
    subject: "Reset your password",
    lines: [
      "Somebody asked to reset the password of your Parley account. If it was you, open this link; it works once, for one hour:",
      "If it was not you, do nothing: your password stays as it is.",
    ],
  },
  "email-change": {
    subject: "Your e-mail address is about to change",
    lines: [
      "Somebody signed in to your Parley account asked to change its e-mail address. It changes when the new address is confirmed.",
      "If it was not you, reset your password at once.",
    ],
  },
};

const arabic: Readonly<Record<MailKind, Words>> = {
  "verify-email": {
    subject: "تأكيد بريدك الإلكتروني",
    lines: ["افتح هذا الرابط لتأكيد أن هذا البريد لك. يعمل الرابط مرة واحدة ولمدة ثلاثة أيام:"],
  },
  "reset-password": {
    subject: "إعادة تعيين كلمة المرور",
    lines: [
      "طلب أحدهم إعادة تعيين كلمة مرور حسابك في Parley. إذا كنت أنت، فافتح هذا الرابط؛ يعمل مرة واحدة ولمدة ساعة:",
      "إذا لم تكن أنت فلا تفعل شيئا، وستبقى كلمة المرور كما هي.",
    ],
  },
  "email-change": {
    subject: "بريدك الإلكتروني على وشك أن يتغير",
    lines: [
      "طلب شخص دخل إلى حسابك في Parley تغيير بريده الإلكتروني. يتم التغيير عند تأكيد العنوان الجديد.",
      "إذا لم تكن أنت فأعد تعيين كلمة المرور فورا.",
    ],
  },
};

interface MailRequest {
  readonly kind: MailKind;
  readonly to: string;
  readonly language: string;
  readonly origin: string;
  readonly token?: string;
}

/** The token stands behind the `#`: a browser sends that part to no server and no log. */
export function composeMail({ kind, to, language, origin, token }: MailRequest): Mail {
  const { subject, lines } = (language.split("-")[0] === "ar" ? arabic : english)[kind];
  const link = token === undefined ? undefined : `${origin}/${kind}#token=${token}`;
  const [first = "", ...rest] = lines;
  const text = [first, ...(link === undefined ? [] : [link]), ...rest, "Parley"].join("\n\n");
  return { to, subject, text, ...(link === undefined ? {} : { link }) };
}
