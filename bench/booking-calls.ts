/** `npm run bench -- --only booking-calls`: 200 callers of two languages book by telephone; what the book shows is compared with what they wanted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DateTime } from "luxon";
import { systemClock as clock } from "../server/src/kernel/clock.ts";
import { createPool } from "../server/src/platform/db/connect.ts";
import { startEmbeddedPostgres } from "../server/src/platform/db/embedded-postgres.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createOrgDb } from "../server/src/platform/db/org-db.ts";
import { prepareDatabase } from "../server/src/platform/db/prepare-database.ts";
import { holdRound, type JudgedCall, type RoundFigures } from "./booking-calls/hold-round.ts";

/** The first is what the desk's rules were written against; of the second nothing was looked at while they were. */
const seeds = [
  { name: "tuned on", seed: 41 },
  { name: "held out", seed: 5113 },
] as const;

export async function measureBookingCalls(count = 100): Promise<readonly RoundFigures[]> {
  const rounds: RoundFigures[] = [];
  for (const { name, seed } of seeds) {
    const dataDir = mkdtempSync(join(tmpdir(), "parley-booking-calls-"));
    const server = await startEmbeddedPostgres({ dataDir, clock, log: silentLog });
    const { adminUrl, appPassword } = server;
    const { appUrl } = await prepareDatabase({ adminUrl, appPassword });
    const pool = createPool({ url: appUrl, log: silentLog });
    try {
      const round = await holdRound(createOrgDb(pool), { name, seed, count });
      rounds.push(round);
      const { right, calls } = round;
      console.log(`${name} (seed ${seed}): ${right} of ${calls.length} right, ${Math.round(round.tookMs / 1000)} s`);
    } finally {
      await pool.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  return rounds;
}

const percent = (part: number, of: number) => (of === 0 ? "–" : `${((100 * part) / of).toFixed(1)} %`);

function rowOf(label: string, calls: readonly JudgedCall[]): string {
  const right = calls.filter(({ wrong }) => wrong.length === 0).length;
  const sum = (count: (call: JudgedCall) => number) => calls.reduce((total, call) => total + count(call), 0);
  const turns = calls.length === 0 ? 0 : sum(({ turns: each }) => each) / calls.length;
  return `| ${label} | ${calls.length} | ${right} | ${percent(right, calls.length)} | ${turns.toFixed(1)} | ${sum(({ bargeIns }) => bargeIns)} | ${sum(({ refused }) => refused)} |`;
}

function renderMiss({ script, wrong, transcript }: JudgedCall): string {
  return `### ${script.language} ${script.number}, ${script.twist}: ${wrong.join("; ")}\n\n\`\`\`\n${transcript.join("\n")}\n\`\`\``;
}

export function renderBookingCalls(rounds: readonly RoundFigures[], about: { machine: string; node: string }): string {
  const head =
    "| callers | calls | every field right | share | turns a call | talked over | writes refused |\n| --- | --- | --- | --- | --- | --- | --- |";
  const tables = rounds.map(({ name, seed, calls }) => {
    const by = [
      rowOf("all", calls),
      rowOf(
        "English",
        calls.filter(({ script }) => script.language === "en"),
      ),
      rowOf(
        "Egyptian Arabic",
        calls.filter(({ script }) => script.language === "ar"),
      ),
      ...[...new Set(calls.map(({ script }) => script.twist))].map((twist) =>
        rowOf(
          twist,
          calls.filter(({ script }) => script.twist === twist),
        ),
      ),
    ];
    const misses = calls.filter(({ wrong }) => wrong.length > 0).map(renderMiss);
    return `## Seed ${seed}, ${name}\n\n${head}\n${by.join("\n")}\n\n${misses.length === 0 ? "No call missed." : misses.join("\n\n")}`;
  });
  return `# Bench: booking calls

\`npm run bench -- --only booking-calls\` on ${about.machine}, Node ${about.node}. The real engine, the built-in front desk, the real tools on a real
PostgreSQL, on a clock that stands still while they work. The callers are simulated: they listen to what the agent says, answer from templates
with varied names, numbers, services, days and times, and reach the agent through noise like a recogniser's (fillers, lost words, misheard digits,
interim words that are taken back, numbers in pieces). It is ${DateTime.now().toISODate()}'s run. Right means that the book shows service, day, time, name and number as the caller wanted
them in the end, once. No sound is made here: what recognisers do with real voices is not measured.

${tables.join("\n\n")}
`;
}
