/**
 * `npm run bench`: the performance table, against the sandbox. Parley has one core, the vendors and the telephones the other.
 * Each figure stands beside its floor. `-- --quick` runs a small part; `-- --only NAME` one row.
 * `-- --only bookings` lets callers go for the last slot, `-- --only booking-calls` lets 200 callers book by telephone.
 * `-- --only lists` asks for lists of a million calls, `-- --only api-load` places calls beside API traffic, `-- --only retrieval` asks
 * questions of documents, `-- --only day` lets everything fail for a day and compares everybody's books.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureApiLoad, renderApiLoad } from "./api-load.ts";
import { measureBookingCalls, renderBookingCalls } from "./booking-calls.ts";
import { measureBookings, renderBookings } from "./bookings.ts";
import { measureLists } from "./lists.ts";
import { measureRun, type RunFigures, type RunOptions } from "./measure-run.ts";
import { measureRetrieval } from "./retrieval.ts";
import { renderLists, renderRetrieval, renderTable } from "./table.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });

const base = { turnsPerCall: 3, bargeIn: false, speculation: true, model: "nova-3" } as const;

const runs: RunOptions[] = [
  { ...base, name: "1 call, no speculation", calls: 1, turnsPerCall: 6, speculation: false },
  { ...base, name: "10 calls, no speculation", calls: 10, speculation: false },
  { ...base, name: "50 calls, no speculation", calls: 50, speculation: false },
  { ...base, name: "1 call, speculation", calls: 1, turnsPerCall: 6 },
  { ...base, name: "50 calls, speculation", calls: 50 },
  { ...base, name: "1 call, Flux", calls: 1, turnsPerCall: 6, model: "flux-general-en" },
  { ...base, name: "50 calls, Flux", calls: 50, model: "flux-general-en" },
  { ...base, name: "10 calls, barge-in", calls: 10, bargeIn: true },
  { ...base, name: "100 calls", calls: 100 },
  { ...base, name: "150 calls", calls: 150 },
  { ...base, name: "200 calls", calls: 200 },
];
const quick = new Set(["1 call, no speculation", "1 call, Flux", "10 calls, barge-in"]);

const chosen = runs.filter(({ name }) =>
  values.only === undefined ? !values.quick || quick.has(name) : name === values.only,
);
const figures: RunFigures[] = [];
for (const options of chosen) {
  process.stdout.write(`${options.name} … `);
  const result = await measureRun(options);
  figures.push(result);
  const { firstAudio, floorMs, cpuPercentPerCall, void: voided } = result;
  console.log(
    `first audio p50 ${firstAudio.p50} p95 ${firstAudio.p95} ms (floor ${floorMs}), ${cpuPercentPerCall.toFixed(2)} % of a core a call${voided ? `  VOID: ${voided}` : ""}`,
  );
  for (const failure of new Set(result.failures)) console.log(`   ${failure}`);
}

const about = { machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`, node: process.version };
const table = renderTable(figures, about);
const ownTables = [
  "lists",
  "api-load",
  "api-load-one",
  "api-load-both",
  "retrieval",
  "bookings",
  "booking-calls",
  "day",
];
if (!ownTables.includes(values.only ?? "")) console.log(`\n${table}`);
if (values.only === "lists" || (values.only === undefined && !values.quick)) {
  const lists = renderLists(await measureLists(), about);
  console.log(`\n${lists}`);
  writeFileSync(join(import.meta.dirname, "results-lists.md"), lists);
}
for (const cores of ["one", "both"] as const) {
  const name = `api-load-${cores}`;
  if (values.only !== name && values.only !== "api-load" && (values.only !== undefined || values.quick)) continue;
  const load = renderApiLoad(await measureApiLoad(cores), about);
  console.log(`\n${load}`);
  writeFileSync(join(import.meta.dirname, `results-${name}.md`), load);
}
if (values.only === "retrieval" || (values.only === undefined && !values.quick)) {
  const retrieval = renderRetrieval(await measureRetrieval(), about);
  console.log(`\n${retrieval}`);
  writeFileSync(join(import.meta.dirname, "results-retrieval.md"), retrieval);
}
if (values.only === "bookings" || (values.only === undefined && !values.quick)) {
  const bookings = renderBookings(await measureBookings(), about);
  console.log(`\n${bookings}`);
  writeFileSync(join(import.meta.dirname, "results-bookings.md"), bookings);
}
if (values.only === "booking-calls" || (values.only === undefined && !values.quick)) {
  const calls = renderBookingCalls(await measureBookingCalls(), about);
  console.log(`\n${calls}`);
  writeFileSync(join(import.meta.dirname, "results-booking-calls.md"), calls);
}
if (values.only === "day") {
  const { measureDay, renderDay, usualDay } = await import("./day-of-traffic.ts");
  const day = await measureDay(usualDay);
  const told = `# A day of traffic\n\n\`npm run bench -- --only day\` on ${about.machine}, Node ${about.node}. Everything fails now and then; at the end everybody's books are compared.\n\n\`\`\`\n${renderDay(day)}\n\`\`\`\n`;
  console.log(`\n${told}`);
  writeFileSync(join(import.meta.dirname, "results-day.md"), told);
  process.exitCode = day.disagreements.length === 0 ? 0 : 1;
}
if (values.only === undefined && !values.quick) {
  writeFileSync(join(import.meta.dirname, "results.md"), table);
  console.log("written to bench/results.md");
}
