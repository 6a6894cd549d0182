import { stripVTControlCharacters } from "node:util";
import { firstAudioFigures, type Verdict } from "./check-expectations.ts";
import type { CallResult, TurnResult } from "./result.ts";

/** The call for the terminal: one line a turn, then the expectations. */
export function formatReport(result: CallResult, verdicts: readonly Verdict[]): string {
  const figures = firstAudioFigures(result);
  const rows = [["caller", "first audio", "sounded", "silent", "heard"], ...result.turns.map(turnCells)];
  const heardWidth = Math.max(40, (process.stdout.columns ?? 220) - 80);
  const widths = [40, 11, 9, 9, heardWidth];
  const table = rows.map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column] ?? 10))
      .join("  ")
      .trimEnd(),
  );
  const latency =
    figures.p50Ms === undefined ? "no line answered" : `first audio p50 ${figures.p50Ms} ms, max ${figures.maxMs} ms`;
  const holes = `${result.underruns.length} holes, ${result.clears} clears, talked over the caller ${result.talkedOver} times`;
  const { lateness } = result;
  return [
    `■ ${result.scenario}   ${(result.durationMs / 1000).toFixed(1)} s, ended by the ${result.endedBy}   ${result.callSid}`,
    ...table.map((line) => `  ${line}`),
    `  ${latency}; ${holes}; the telephone itself was late p95 ${lateness.p95Ms} ms, max ${lateness.maxMs} ms, ${lateness.over10Ms} frames over 10 ms`,
    ...(result.wordsHeard || result.heard === ""
      ? []
      : ["  words: from the platform's events (its voice carries none that the telephone can read)"]),
    ...("unavailable" in result.events ? [`  events: not available (${result.events.unavailable})`] : []),
    ...verdicts.map(verdictLine),
    "",
  ].join("\n");
}

function turnCells(turn: TurnResult): string[] {
  const marks: Partial<Record<TurnResult["kind"], string>> = { bargeIn: "⚡ ", backchannel: "· " };
  const figures = [turn.firstAudioMs, turn.heardAfterMs, turn.silentAfterMs];
  const cells = figures.map((figure, index) =>
    figure === undefined ? "" : `${figure} ms`.padStart([11, 9, 9][index] ?? 9),
  );
  return [`${marks[turn.kind] ?? ""}${turn.caller}`, ...cells, turn.heard];
}

function verdictLine({ what, outcome, found }: Verdict): string {
  const sign = { held: "✓", failed: "✗", unknown: "?" }[outcome];
  return `  ${sign} ${what}${found === undefined ? "" : `  (${found})`}`;
}

/** Pads or shortens to a width; a line break or control character of the platform's must not break the table. */
function fit(text: string, width: number): string {
  const line = stripVTControlCharacters(text).replaceAll(/\s+/g, " ");
  const letters = [...line];
  if (letters.length > width) return `${letters.slice(0, width - 1).join("")}…`;
  return line + " ".repeat(width - letters.length);
}
