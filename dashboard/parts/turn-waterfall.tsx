"use client";
import { Tooltip } from "radix-ui";
import { useState } from "react";
import type { TurnTiming } from "../call/entries.ts";
import { type Bar, buildWaterfall, type Waterfall } from "../call/waterfall.ts";
import { formatMs, waitColor } from "./format.ts";
import { stageFill } from "./stage-style.ts";

interface Props {
  readonly turn: TurnTiming;
  /** The length of every turn's track in this call, so that bars compare. */
  readonly scaleMs: number;
}

const percent = (part: number, whole: number) => `${Math.min(100, (part / whole) * 100)}%`;
const endedWords = { audio: "first audio", text: "first words" } as const;

export function TurnWaterfall({ turn, scaleMs }: Props) {
  // An open dialog lies above the whole page: the figures of a turn inside it must be inside it too.
  const [dialog, setDialog] = useState<HTMLElement | null>(null);
  const fall = buildWaterfall(turn);
  if (!fall || fall.bars.length === 0) return null;
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        type="button"
        ref={(element) => setDialog(element?.closest("dialog") ?? null)}
        aria-label={describe(fall)}
        data-testid="waterfall"
        className="block w-full cursor-default rounded-lg text-left"
      >
        <span className="flex items-baseline gap-1.5 text-xs text-ink-3">
          {fall.headlineMs !== undefined && (
            <span className={`figures text-[0.8125rem] font-semibold ${waitColor(fall.headlineMs)}`}>
              {formatMs(fall.headlineMs)}
            </span>
          )}
          {endedWords[fall.endedBy]}
        </span>
        <span className="mt-1.5 block space-y-[3px] border-l border-line">
          {fall.bars.map((bar, index) => (
            <BarLine key={`${bar.stage}-${index}`} bar={bar} scaleMs={scaleMs} />
          ))}
        </span>
      </Tooltip.Trigger>
      <Tooltip.Portal container={dialog}>
        <Tooltip.Content
          side="left"
          sideOffset={10}
          collisionPadding={12}
          className="z-40 w-64 animate-pop rounded-xl border border-line bg-surface p-3 shadow-card"
        >
          <Figures fall={fall} turn={turn} />
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

function BarLine({ bar, scaleMs }: { bar: Bar; scaleMs: number }) {
  return (
    <span className="relative block h-[5px]">
      <span
        className={`absolute inset-y-0 min-w-[3px] origin-left animate-grow rounded-r-full rounded-l-[2px] ${stageFill[bar.stage]}`}
        style={{ left: `min(${percent(bar.startMs, scaleMs)}, 100% - 3px)`, width: percent(bar.durationMs, scaleMs) }}
      />
    </span>
  );
}

function Figures({ fall, turn }: { fall: Waterfall; turn: TurnTiming }) {
  const transcript = turn.latency?.finalTranscriptDelayMs;
  return (
    <table className="w-full text-[0.8125rem]">
      <tbody>
        {fall.bars.map((bar, index) => (
          <tr key={`${bar.stage}-${index}`}>
            <th scope="row" className="flex items-center gap-2 py-0.5 text-left font-normal text-ink-2">
              <span aria-hidden="true" className={`size-2 rounded-[3px] ${stageFill[bar.stage]}`} />
              {bar.label}
            </th>
            <td className="figures py-0.5 text-right font-medium">{formatMs(bar.durationMs)}</td>
          </tr>
        ))}
        {transcript !== undefined && (
          <tr>
            <th scope="row" className="py-0.5 text-left font-normal text-ink-3">
              Transcript was there after
            </th>
            <td className="figures py-0.5 text-right text-ink-2">{formatMs(transcript)}</td>
          </tr>
        )}
        {fall.headlineMs !== undefined && (
          <tr>
            <th scope="row" className="border-t border-line pt-1.5 text-left font-medium">
              Caller waited
            </th>
            <td
              className={`figures border-t border-line pt-1.5 text-right font-semibold ${waitColor(fall.headlineMs)}`}
            >
              {formatMs(fall.headlineMs)}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function describe(fall: Waterfall): string {
  const parts = fall.bars.map((bar) => `${bar.label} ${formatMs(bar.durationMs)}`).join(", ");
  const wait =
    fall.headlineMs === undefined ? "" : `Caller waited ${formatMs(fall.headlineMs)} for ${endedWords[fall.endedBy]}. `;
  return `${wait}${parts}.`;
}
