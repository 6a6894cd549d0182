"use client";
import { useEffect, useRef } from "react";
import { type CallView, type Entry, isOpenLine } from "../call/entries.ts";
import { buildWaterfall } from "../call/waterfall.ts";
import { TranscriptEntry } from "./transcript-entry.tsx";
import { TurnWaterfall } from "./turn-waterfall.tsx";

interface Props {
  readonly view: CallView;
  readonly live: boolean;
  /** In a narrow place the waterfall stands under its turn at every width. */
  readonly narrow?: boolean;
}

/** Within this distance of the end the reader follows the talk; above it they are reading. */
const followPx = 120;

export function Transcript({ view, live, narrow = false }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (element && following.current && live) element.scrollTop = element.scrollHeight;
  });
  const onScroll = () => {
    const element = scroller.current;
    if (element) following.current = element.scrollHeight - element.scrollTop - element.clientHeight < followPx;
  };
  const scaleMs = commonScale(view);
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      role="log"
      aria-label="Transcript"
      aria-live={live ? "polite" : "off"}
      tabIndex={0}
      className={`min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-5 focus-visible:-outline-offset-2 sm:px-6 ${narrow ? "" : "max-lg:max-h-[70dvh]"}`}
    >
      <ol className="space-y-3">
        {view.entries.map((entry, index) => (
          <Row key={entry.key} {...{ view, entry, scaleMs, narrow }} isAnswer={isFirstAnswer(view.entries, index)} />
        ))}
        {view.callerSpeaking && !view.entries.some(isOpenLine) && <CallerSpeaks narrow={narrow} />}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly view: CallView;
  readonly entry: Entry;
  readonly scaleMs: number;
  readonly narrow: boolean;
  readonly isAnswer: boolean;
}

function Row({ view, entry, scaleMs, narrow, isAnswer }: RowProps) {
  const turnId = entry.kind === "agent" && isAnswer ? entry.turnId : undefined;
  const turn = turnId === undefined ? undefined : view.timings[turnId];
  const grid = narrow ? "grid gap-x-8 gap-y-2.5" : "grid gap-x-8 gap-y-2.5 lg:grid-cols-[minmax(0,1fr)_208px]";
  return (
    <li className={`${grid} animate-rise`}>
      <TranscriptEntry entry={entry} typedCall={view.channel === "text"} />
      {turn && (
        <div className={narrow ? "max-w-72 pl-3" : "max-lg:max-w-72 max-lg:pl-3 lg:pt-1"}>
          <TurnWaterfall turn={turn} scaleMs={scaleMs} />
        </div>
      )}
    </li>
  );
}

function CallerSpeaks({ narrow }: { narrow: boolean }) {
  return (
    <li className={`flex justify-end ${narrow ? "" : "lg:pr-60"}`}>
      <span
        className="flex items-center gap-1 rounded-full bg-accent-soft px-3 py-2"
        role="img"
        aria-label="The caller speaks"
      >
        {["", "[animation-delay:150ms]", "[animation-delay:300ms]"].map((delay) => (
          <span key={delay} className={`size-1.5 animate-pulse rounded-full bg-accent ${delay}`} />
        ))}
      </span>
    </li>
  );
}

/** A turn's waterfall stands beside the first words of its answer. */
function isFirstAnswer(entries: readonly Entry[], at: number): boolean {
  const entry = entries[at];
  if (entry?.kind !== "agent") return false;
  return !entries.slice(0, at).some((other) => other.kind === "agent" && other.replyId === entry.replyId);
}

function commonScale(view: CallView): number {
  const ends = Object.values(view.timings).flatMap(
    (turn) => buildWaterfall(turn)?.bars.map((bar) => bar.startMs + bar.durationMs) ?? [],
  );
  return Math.max(50, ...ends);
}
