/** Mail by SMTP_URL; without it, mail is kept in this process and its link is told to the log. */
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { LogLine } from "../db/log-line.ts";
import { newId } from "../db/new-id.ts";
import type { KeptMail, Mail, Mailer } from "./send-mail.ts";

export interface MailerOptions {
  readonly smtpUrl?: string;
  /** `Parley <parley@example.com>`. */
  readonly from?: string;
  readonly clock: Clock;
  readonly log: LogLine;
}

const retryAfterMs = [2000, 15_000] as const;
const mostKept = 50;

export function createMailer(options: MailerOptions): Mailer {
  const kept: KeptMail[] = [];
  const sendMail = options.smtpUrl === undefined ? keepInstead(options, kept) : sendBySmtp(options, options.smtpUrl);
  return {
    sendMail,
    kept: () => kept,
    sendSoon(prepare) {
      void sendPatiently(options, prepare, sendMail);
    },
  };
}

function keepInstead({ clock, log }: MailerOptions, kept: KeptMail[]): Mailer["sendMail"] {
  return async (mail) => {
    const atMs = clock.wallNow();
    kept.unshift({ ...mail, atMs, id: newId("mail", atMs) });
    kept.length = Math.min(kept.length, mostKept);
    log("info", "a mail was not sent, as SMTP_URL is not set; open its link", { link: mail.link ?? "none" });
  };
}

function sendBySmtp({ from }: MailerOptions, smtpUrl: string): Mailer["sendMail"] {
  const open = async () => {
    const { createTransport } = await import("nodemailer");
    return createTransport({ url: smtpUrl, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 });
  };
  let transport: ReturnType<typeof open> | undefined;
  return async ({ to, subject, text, messageId, calendar }) => {
    transport ??= open();
    await (await transport).sendMail({
      ...{ to, subject, text, from: from ?? "Parley <parley@localhost>" },
      ...(messageId === undefined ? {} : { messageId }),
      ...(calendar === undefined ? {} : { icalEvent: { ...calendar, filename: "invite.ics" } }),
    });
  };
}

async function sendPatiently(
  { clock, log }: MailerOptions,
  prepare: () => Promise<Mail | undefined>,
  sendMail: Mailer["sendMail"],
): Promise<void> {
  try {
    const mail = await prepare();
    if (mail === undefined) return;
    for (const waitMs of retryAfterMs) {
      if (await tried(sendMail, mail)) return;
      await sleep(clock, waitMs);
    }
    await sendMail(mail);
  } catch (error) {
    // The message may hold the address or the server's login.
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    log("error", "a mail could not be sent; check SMTP_URL and MAIL_FROM", { code });
  }
}

async function tried(sendMail: Mailer["sendMail"], mail: Mail): Promise<boolean> {
  try {
    await sendMail(mail);
    return true;
  } catch {
    return false;
  }
}
