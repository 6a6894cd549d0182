"use client";
import type { ProviderStatus } from "@parley/contract/system";
import { AudioLines, BrainCircuit, Check, ChevronDown, Copy, Ear } from "lucide-react";
import { Popover } from "radix-ui";
import { Fragment, useState } from "react";
import type { SystemFacts } from "../data/api-client.ts";
import { useSystem } from "../data/queries.ts";
import { formatProvider } from "./format.ts";

const stages = {
  recogniser: { label: "Listening", icon: Ear },
  model: { label: "Thinking", icon: BrainCircuit },
  voice: { label: "Speaking", icon: AudioLines },
} as const;

function summarise(system: SystemFacts | undefined, failed: boolean): { text: string; dot: string } {
  if (failed) return { text: "Not reachable", dot: "bg-danger" };
  if (!system) return { text: "Connecting", dot: "bg-line-strong" };
  const missing = system.providers.filter((provider) => provider.missing !== null).length;
  if (missing === 0) return { text: "Ready for calls", dot: "bg-good" };
  return {
    text: missing === system.providers.length ? "Ready, built-in stages" : "Ready, some built in",
    dot: "bg-fair",
  };
}

export function SystemStatus() {
  const { data, isError, errorUpdateCount } = useSystem();
  // A query that never had an answer forgets its error while it asks again.
  const failed = isError || (data === undefined && errorUpdateCount > 0);
  const { text, dot } = summarise(data, failed);
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-8 items-center gap-2 rounded-full border border-line bg-surface pl-3 pr-2 text-[0.8125rem] font-medium text-ink-2 transition-colors hover:border-line-strong hover:text-ink data-[state=open]:border-line-strong">
        <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
        <span className="whitespace-nowrap max-sm:sr-only">{text}</span>
        <span aria-hidden="true" className="sm:hidden">
          {text.split(",")[0]}
        </span>
        <ChevronDown aria-hidden="true" className="size-3.5 text-ink-3" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={8}
          collisionPadding={12}
          aria-label="What this installation can do"
          className="z-40 w-[min(25rem,calc(100vw-24px))] animate-pop rounded-2xl border border-line bg-surface p-1.5 shadow-card"
        >
          {data ? (
            <SystemDetails system={data} />
          ) : (
            <p className="p-4 text-ink-2">
              {failed ? "Parley does not answer. Start it with npm start; this page notices by itself." : "Asking …"}
            </p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function SystemDetails({ system }: { system: SystemFacts }) {
  const { liveCalls, mediaProcesses, twilioWebhookUrl, publicUrl, version } = system;
  return (
    <>
      <ul className="space-y-0.5">
        {system.providers.map((provider) => (
          <ProviderRow key={provider.stage} provider={provider} />
        ))}
      </ul>
      <div className="mt-1.5 space-y-2 rounded-xl bg-sunken px-3 py-3 text-[0.8125rem]">
        <div className="font-medium">Phone calls by Twilio</div>
        <CopyLine text={twilioWebhookUrl} label="Copy the webhook's address" />
        {publicUrl === null && (
          <p className="text-ink-2">
            Set <Code>PUBLIC_URL</Code> to the address Twilio reaches, so that its signature can be checked.
          </p>
        )}
      </div>
      <p className="figures flex justify-between px-3 pb-1.5 pt-2.5 text-xs text-ink-3">
        <span>
          {liveCalls === 1 ? "1 live call" : `${liveCalls} live calls`} · {mediaProcesses}{" "}
          {mediaProcesses === 1 ? "media process" : "media processes"}
        </span>
        <span>Parley {version}</span>
      </p>
    </>
  );
}

function ProviderRow({ provider }: { provider: ProviderStatus }) {
  const { label, icon: Icon } = stages[provider.stage];
  const names = provider.providers.map(formatProvider).join(", then ");
  return (
    <li className="flex gap-3 rounded-xl px-3 py-2.5">
      <Icon
        aria-hidden="true"
        className={`mt-0.5 size-4 shrink-0 ${provider.missing === null ? "text-good" : "text-fair"}`}
      />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="font-medium">{label}</span>
          <span className="truncate text-[0.8125rem] text-ink-2">{names === "" ? "Browser or keypad" : names}</span>
        </div>
        {provider.missing !== null && (
          <p className="mt-0.5 text-[0.8125rem] leading-snug text-ink-2">
            <WithSettings text={provider.missing} />
          </p>
        )}
      </div>
    </li>
  );
}

/** Names of settings stand out: they are what is to be typed. */
function WithSettings({ text }: { text: string }) {
  return text.split(/\b([A-Z]+(?:_[A-Z]+)+)\b/).map((part, index) =>
    // biome-ignore lint: the pieces of one sentence never change places
    index % 2 === 1 ? <Code key={index}>{part}</Code> : <Fragment key={index}>{part}</Fragment>,
  );
}

const Code = ({ children }: { children: string }) => (
  <code className="rounded-[5px] border border-line bg-sunken px-1 py-px font-mono text-[0.6875rem] text-ink">
    {children}
  </code>
);

function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    });
  };
  const Icon = copied ? Check : Copy;
  return (
    <div className="flex items-center gap-2">
      <code className="min-w-0 flex-1 break-all font-mono text-[0.6875rem] leading-snug text-ink-2">{text}</code>
      <button
        type="button"
        onClick={copy}
        aria-label={copied ? "Copied" : label}
        className="grid size-7 shrink-0 place-items-center rounded-md text-ink-2 hover:bg-hover hover:text-ink"
      >
        <Icon aria-hidden="true" className="size-3.5" />
      </button>
    </div>
  );
}
