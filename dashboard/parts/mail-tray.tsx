"use client";
import { ArrowUpRight, Mail } from "lucide-react";
import { Popover } from "radix-ui";
import { useDevMail, useSystem } from "../data/queries.ts";

interface KeptMail {
  readonly id: string;
  readonly at: string;
  readonly to: string;
  readonly subject: string;
  readonly link: string | null;
}

/** Mail that was kept because no mail server is set. Nothing is here until there is some. */
export function MailTray() {
  const { data: system } = useSystem();
  const { data } = useDevMail(system?.embedded === true);
  const mails = data?.items ?? [];
  if (mails.length === 0) return null;
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={mails.length === 1 ? "1 mail was not sent" : `${mails.length} mails were not sent`}
        className="flex h-8 items-center gap-1.5 rounded-lg px-2.5 text-[0.8125rem] text-ink-2 transition-colors hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
      >
        <Mail aria-hidden="true" className="size-4" />
        <span aria-hidden="true" className="figures">
          {mails.length}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={8}
          collisionPadding={12}
          aria-label="Mail that was not sent"
          className="z-40 w-[min(25rem,calc(100vw-24px))] animate-pop rounded-2xl border border-line bg-surface p-1.5 shadow-card"
        >
          <ul className="max-h-[min(24rem,60dvh)] space-y-0.5 overflow-y-auto">
            {mails.map((mail) => (
              <MailRow key={mail.id} mail={mail} />
            ))}
          </ul>
          <p className="mt-1.5 rounded-xl bg-sunken px-3 py-2.5 text-[0.8125rem] text-ink-2">
            Kept here because <code className="font-mono text-[0.6875rem] text-ink">SMTP_URL</code> is not set.
          </p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function MailRow({ mail: { at, to, subject, link } }: { mail: KeptMail }) {
  return (
    <li className="rounded-xl px-3 py-2.5">
      <div className="flex items-baseline justify-between gap-3">
        <span dir="auto" className="truncate font-medium">
          {subject}
        </span>
        <time dateTime={at} className="figures shrink-0 text-xs text-ink-3">
          {new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}
        </time>
      </div>
      <div className="mt-0.5 flex items-baseline justify-between gap-3 text-[0.8125rem] text-ink-2">
        <span className="truncate">{to}</span>
        {link !== null && (
          <a
            href={link}
            target="_blank"
            rel="noreferrer"
            className="flex shrink-0 items-center gap-0.5 font-medium text-accent hover:underline"
          >
            Open <ArrowUpRight aria-hidden="true" className="size-3.5" />
          </a>
        )}
      </div>
    </li>
  );
}
