/** Entry of every process: argument or ROLE → role. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { runChild } from "./boot/run-child.ts";
import { ConfigError, readConfig } from "./config.ts";
import { AppError } from "./kernel/app-error.ts";

function fail(error: unknown): never {
  if (error instanceof ConfigError) for (const fault of error.faults) console.error(`Parley cannot start: ${fault}`);
  else if (error instanceof AppError) console.error(`Parley cannot start: ${error.publicMessage}`);
  else console.error(`Parley cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function roleArgument(argv: readonly string[]): string | undefined {
  const at = argv.indexOf("--role");
  return at < 0 ? undefined : argv[at + 1];
}

try {
  const config = readConfig(process.env, roleArgument(process.argv.slice(2)));
  // Four processes load much of the same code: what one has compiled the others, and the next start, read.
  if (process.env["NODE_COMPILE_CACHE"] === undefined) enableCompileCache(join(config.dataDir, "code-cache"));
  if (config.role === "all")
    import("./boot/run-all.ts").then(({ runAll }) => runAll(config, import.meta.filename)).catch(fail);
  else if (!process.send)
    throw new ConfigError([
      `ROLE=${config.role} is started by ROLE=all and not by hand in this version. Leave ROLE unset, and set MEDIA_PROCESSES instead.`,
    ]);
  else if (config.role === "api")
    runChild(async (init, link) => (await import("./compose/api.ts")).startApiProcess(config, init, link));
  else if (config.role === "media")
    runChild(async (init, link) => (await import("./compose/media.ts")).startMediaProcess(config, init, link));
  else runChild(async (init, link) => (await import("./compose/worker.ts")).startWorkerProcess(config, init, link));
} catch (error) {
  fail(error);
}
