/** `npm run trial`: the platform for long, in a crowd, among broken vendors and nonsense. Fails with what it found. */
import { parseArgs } from "node:util";
import { runChaos } from "../e2e/trial/chaos.ts";
import { runFuzz } from "../e2e/trial/fuzz.ts";
import { measureGrowth, runSoak } from "../e2e/trial/soak.ts";
import { startWorld, type World } from "../e2e/world.ts";

const usage = `npm run trial [-- --minutes 3] [--calls 6] [--growth 1000] [--only soak|growth|chaos|fuzz] [--seed 1]

  --minutes  of soak, chaos and fuzz together, a third each
  --calls    callers at a time
  --growth   short calls over which memory is watched
  --seed     of everything random: the same seed breaks the same things`;

interface Options {
  readonly partMs: number;
  readonly crowd: number;
  readonly growth: number;
  readonly seed: number;
}

interface Outcome {
  readonly problems: readonly string[];
  readonly grows?: boolean;
}

/** Each in a world of its own: what one broke is not the other's finding. */
const parts: Readonly<Record<string, (world: World, options: Options) => Promise<Outcome>>> = {
  soak: (world, { partMs, crowd }) => runSoak(world, { durationMs: partMs, crowd }),
  growth: (world, { growth, crowd }) => measureGrowth(world, { calls: growth, crowd: crowd * 3 }),
  chaos: (world, { partMs, crowd, seed }) => runChaos(world, { durationMs: partMs, crowd, seed }),
  fuzz: (world, { partMs, seed }) => runFuzz(world, { durationMs: partMs, seed }),
};

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "3" },
      calls: { type: "string", default: "6" },
      growth: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: "minutes" | "calls" | "growth" | "seed") => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} ${values[name]}: a number above 0\n\n${usage}`);
    return value;
  };
  if (values.only !== undefined && parts[values.only] === undefined)
    throw new Error(`--only ${values.only}: one of ${Object.keys(parts).join(", ")}`);
  const partMs = (number("minutes") * 60_000) / 3;
  return { partMs, crowd: number("calls"), growth: number("growth"), seed: number("seed"), only: values.only };
}

async function runPart(name: string, options: Options): Promise<boolean> {
  const run = parts[name];
  if (run === undefined) return false;
  const startedAtMs = performance.now();
  const world = await startWorld();
  try {
    const { problems, ...figures } = await run(world, options);
    const passed = problems.length === 0 && figures.grows !== true;
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    console.log(`${passed ? "✓" : "✗"} ${name} (${seconds} s)  ${JSON.stringify(figures)}`);
    for (const problem of problems.slice(0, 50)) console.log(`    ${problem}`);
    return passed;
  } finally {
    await world.close();
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return console.log(usage);
  const names = options.only === undefined ? Object.keys(parts) : [options.only];
  let failed = 0;
  for (const name of names) if (!(await runPart(name, options))) failed += 1;
  if (failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
