"use client";
import { Check, ChevronRight, CircleHelp, LoaderCircle, PenLine, Search, X } from "lucide-react";
import type { ToolEntry } from "../call/entries.ts";
import { formatMs } from "./format.ts";

const outcomes = {
  ok: { icon: Check, className: "text-good", words: "Done" },
  failed: { icon: X, className: "text-danger", words: "Failed" },
  "timed-out": { icon: X, className: "text-danger", words: "Timed out" },
  uncertain: { icon: CircleHelp, className: "text-ink-2", words: "Not certain yet" },
} as const;

export function ToolCard({ tool }: { tool: ToolEntry }) {
  const Effect = tool.effect === "write" ? PenLine : Search;
  const outcome = tool.outcome === undefined ? undefined : outcomes[tool.outcome];
  const Outcome = outcome?.icon ?? LoaderCircle;
  return (
    <details className="group max-w-[92%] justify-self-start rounded-xl border border-line bg-sunken text-[0.8125rem] open:w-full">
      <summary className="flex cursor-pointer list-none items-center gap-2 rounded-xl px-3 py-1.5 hover:bg-hover [&::-webkit-details-marker]:hidden">
        <Effect
          aria-label={tool.effect === "write" ? "Changes something" : "Looks something up"}
          className="size-3.5 shrink-0 text-tool"
        />
        <span className="shrink-0 font-medium">{sentenceCase(tool.name)}</span>
        <span className="min-w-0 truncate text-ink-3" dir="ltr">
          {summariseInput(tool.input)}
        </span>
        <span className={`ml-auto flex shrink-0 items-center gap-1 pl-2 ${outcome?.className ?? "text-ink-3"}`}>
          <Outcome aria-label={outcome?.words ?? "Running"} className={`size-3.5 ${outcome ? "" : "animate-spin"}`} />
          {tool.durationMs !== undefined && <span className="figures text-xs">{formatMs(tool.durationMs)}</span>}
        </span>
        <ChevronRight
          aria-hidden="true"
          className="size-3.5 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
        />
      </summary>
      <dl className="grid gap-2 border-t border-line px-3 py-2.5">
        <Json label="Input" value={tool.input} />
        {tool.outcome !== undefined && <Json label="Outcome" value={tool.output} />}
      </dl>
    </details>
  );
}

function Json({ label, value }: { label: string; value: unknown }) {
  return (
    <div>
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd>
        <pre
          dir="ltr"
          className="mt-0.5 max-h-48 overflow-auto whitespace-pre-wrap break-words font-mono text-[0.6875rem] leading-relaxed text-ink-2"
        >
          {JSON.stringify(value, null, 2) ?? "nothing"}
        </pre>
      </dd>
    </div>
  );
}

function sentenceCase(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The plain values of the input in one line, each kept to its own direction (Unicode isolates). */
function summariseInput(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  return Object.values(input)
    .filter((value) => typeof value === "string" || typeof value === "number")
    .map((value) => `\u2068${value}\u2069`)
    .join(" · ");
}
