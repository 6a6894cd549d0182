/** The table people read. */
import { type ListFigures, wantedP95Ms } from "./lists.ts";
import type { RunFigures } from "./measure-run.ts";
import { type RetrievalFigures, wantedRetrievalP95Ms } from "./retrieval.ts";

export function renderTable(runs: readonly RunFigures[], about: { machine: string; node: string }): string {
  const rows = runs.map((run) => [
    run.name + (run.void === undefined ? "" : " (void)"),
    `${run.firstAudio.p50} / ${run.firstAudio.p95}`,
    String(run.floorMs),
    `${signed(run.firstAudio.p50 - run.floorMs)} / ${signed(run.firstAudio.p95 - run.floorMs)}`,
    `${run.setup.p50} / ${run.setup.p95}`,
    run.silentAfter.count === 0 ? "" : `${run.silentAfter.p50} / ${run.silentAfter.p95}`,
    run.framesPlayed === 0 ? "" : `${((run.framesLate / run.framesPlayed) * 100).toFixed(3)} %`,
    `${run.cpuPercentPerCall.toFixed(2)} %`,
    run.memoryMbPerCall.toFixed(2),
    run.voiceActivityShare === undefined ? "" : `${Math.round(run.voiceActivityShare * 100)} %`,
    run.failures.length === 0 ? "0" : `${run.failures.length}`,
  ]);
  const heads = [
    "run",
    "first audio p50 / p95 ms",
    "floor ms",
    "against the floor",
    "greeting p50 / p95 ms",
    "interruption → silence p50 / p95 ms",
    "frames late",
    "CPU a call (of one core)",
    "MB a call",
    "frames the VAD model saw",
    "failures",
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `# Bench

\`npm run bench\` on ${about.machine}, Node ${about.node}. Parley (every process of \`npm start\`, the embedded database and the dashboard
included) has one core, the vendors' stand-ins and the simulated telephones the other. Agreed vendor delays: end of speech 300 ms, first token 300 ms, then 50 tokens a second,
first audio byte 150 ms. First audio is measured at the telephone: the caller's last voiced sample → arrival of the first audio of the reply. The floor is
the sum of the delays and the tokens of the first clause; no orchestrator without speculation can be below it. A run in which the telephones or the vendors were late themselves is void.

${line(heads)}
${line(heads.map(() => "---"))}
${rows.map(line).join("\n")}
`;
}

const signed = (value: number) => (value > 0 ? `+${value}` : String(value));

export function renderLists(lists: readonly ListFigures[], about: { machine: string; node: string }): string {
  const rows = lists.map(({ name, p50, p95, max, items, failures }) => {
    const verdict = failures > 0 ? `${failures} failed` : p95 < wantedP95Ms ? "yes" : "**no**";
    return `| ${[name, p50, p95, max, items, verdict].join(" | ")} |`;
  });
  return `# Bench: lists

\`npm run bench -- --only lists\` on ${about.machine}, Node ${about.node}. A real PostgreSQL with 1,000,000 calls of 50 organisations over a year, one of
which has 500,000; 14 searched words a call. Each question is asked 200 times over HTTP, one at a time, after 5 that are not counted, for 25 items of the
large organisation, opened from what is sealed. The API and the client share a process.

| question | p50 ms | p95 ms | longest ms | items | p95 under ${wantedP95Ms} ms |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

export function renderRetrieval(rows: readonly RetrievalFigures[], about: { machine: string; node: string }): string {
  const lines = rows.map(({ name, ran, p50, p95, max, answered, questions }) => {
    const verdict = p95 <= wantedRetrievalP95Ms ? "yes" : "**no**";
    return `| ${[name, ran, p50, p95, max, `${answered} of ${questions}`, verdict].join(" | ")} |`;
  });
  return `# Bench: retrieval

\`npm run bench -- --only retrieval\` on ${about.machine}, Node ${about.node}. 10,000 chunks of 250 words of one organisation among 100,000 of ten, each
with a vector of 512 numbers. Words are as unevenly frequent as in life; each question has five, one of them rare. Questions come one at a time, after 20
that are not counted; the time is from the caller's words to the passages with their sources (of vectors alone: to their ids), row-level
security on. Vectors are random and a vendor's time is left out: this measures the machine, not how well anything is found.

| search | ran on | p50 ms | p95 ms | longest ms | answered | p95 ≤ ${wantedRetrievalP95Ms} ms |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
}
