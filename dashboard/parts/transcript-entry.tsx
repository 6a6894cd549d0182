"use client";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { phraseWords } from "../call/describe-note.ts";
import type { AgentEntry, CallerEntry, Entry, NoteEntry } from "../call/entries.ts";
import { ToolCard } from "./tool-card.tsx";

/** In a typed call nothing says "typed". */
export function TranscriptEntry({ entry, typedCall }: { entry: Entry; typedCall: boolean }) {
  switch (entry.kind) {
    case "caller":
      return <CallerLine entry={entry} typedCall={typedCall} />;
    case "agent":
      return <AgentLine entry={entry} />;
    case "filler":
      return (
        <p dir="auto" className="pl-3 text-xs italic text-ink-3">
          <span dir="ltr" className="sr-only">
            Agent, while waiting:{" "}
          </span>
          {entry.text}
        </p>
      );
    case "tool":
      return <ToolCard tool={entry} />;
    case "note":
      return <NoteLine note={entry} />;
  }
}

/** Who speaks, for screen readers. Its own `dir` keeps it from deciding the direction of the line. */
function Speaker({ text }: { text: string }) {
  return (
    <span dir="ltr" className="sr-only">
      {text}
    </span>
  );
}

const triggerWords = { keypad: "by keypad", typed: "typed" } as const;

function CallerLine({ entry, typedCall }: { entry: CallerEntry; typedCall: boolean }) {
  const { trigger } = entry;
  const how = trigger === "keypad" || (trigger === "typed" && !typedCall) ? triggerWords[trigger] : undefined;
  return (
    <div className="flex flex-col items-end" data-testid="caller">
      <div
        dir="auto"
        className="max-w-[85%] rounded-[18px] rounded-br-md bg-accent-soft px-3.5 py-2 text-[0.9375rem] leading-snug"
      >
        <Speaker text="Caller: " />
        {entry.text} {entry.interim !== "" && <span className="text-ink-3">{entry.interim}</span>}
      </div>
      {how && <span className="mr-2 mt-1 text-[0.6875rem] text-ink-3">{how}</span>}
    </div>
  );
}

const caption = "ml-2 mt-1 text-[0.6875rem] text-ink-3";

function AgentLine({ entry }: { entry: AgentEntry }) {
  const over = entry.state !== "speaking";
  return (
    <div className="flex flex-col items-start" data-testid="agent">
      <p
        dir="auto"
        className="max-w-[92%] rounded-[18px] rounded-bl-md border border-line bg-surface px-3.5 py-2 text-[0.9375rem] leading-snug"
      >
        <Speaker text="Agent: " />
        {entry.segments.map(({ number, text, heardChars }, index) => (
          <span key={number}>
            {index > 0 && " "}
            {heardChars > 0 && <span className="transition-colors duration-500">{text.slice(0, heardChars)}</span>}
            {heardChars < text.length && <Unheard text={text.slice(heardChars)} over={over} />}
          </span>
        ))}
      </p>
      {entry.phrase !== undefined && entry.phrase !== "greeting" && (
        <span className={caption}>{phraseWords[entry.phrase]}</span>
      )}
      {entry.state === "interrupted" && <span className={caption}>Interrupted</span>}
      {entry.state === "failed" && <span className="ml-2 mt-1 text-[0.6875rem] text-danger">Broken off</span>}
    </div>
  );
}

/** Being spoken: light. Never heard: struck. */
function Unheard({ text, over }: { text: string; over: boolean }) {
  if (!over) return <span className="text-ink-3 transition-colors duration-500">{text}</span>;
  return (
    <del className="text-ink-3 decoration-ink-3/50" title="Never heard by the caller">
      {text}
    </del>
  );
}

const noteStyle = {
  quiet: { icon: Info, className: "text-ink-3" },
  warning: { icon: TriangleAlert, className: "text-fair" },
  error: { icon: CircleAlert, className: "text-danger" },
} as const;

function NoteLine({ note }: { note: NoteEntry }) {
  const { icon: Icon, className } = noteStyle[note.tone];
  return (
    <div className={`flex gap-2 pl-3 text-xs leading-relaxed ${className}`}>
      <Icon aria-hidden="true" className="mt-[3px] size-3.5 shrink-0" />
      <div className="min-w-0">
        <span dir="auto">{note.text}</span>
        {note.detail !== undefined && (
          <code className="mt-1 block break-words rounded-md bg-danger-soft px-2 py-1 font-mono text-[0.6875rem] text-danger">
            {note.detail}
          </code>
        )}
      </div>
    </div>
  );
}
