/**
 * `npm run lockfile`: after a change of dependencies. Some registries hold only the platform packages of the machines they serve; npm then
 * writes a lockfile that lacks the others, and `npm ci` refuses it. This adds what is missing, by the versions their owners pin.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const entry = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockfile = z.looseObject({ packages: z.record(z.string(), entry) });

const systems = [
  "android",
  "darwin",
  "linux",
  "win32",
  "freebsd",
  "openbsd",
  "netbsd",
  "sunos",
  "aix",
  "openharmony",
  "wasi",
];
const processors = ["arm64", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32", "arm"];

/** What a platform package's name says it runs on; undefined when it says nothing. */
function platformOf(name: string): { os?: string[]; cpu?: string[]; libc?: string[] } | undefined {
  const words = name.toLowerCase().split(/[-/@_.]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (cpu.length === 0 && words.some((word) => word.endsWith("eabihf") || word === "armv7")) cpu.push("arm");
  if (os.length === 0 && cpu.length === 0) return undefined;
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(os.length > 0 ? { os } : {}),
    ...(name.includes("musl") ? { libc: ["musl"] } : {}),
  };
}

const path = join(dirname(import.meta.dirname), "package-lock.json");
const lock = lockfile.parse(JSON.parse(readFileSync(path, "utf8")));
const added: string[] = [];
for (const [place, owner] of Object.entries(lock.packages)) {
  if (!place.includes("node_modules/")) continue;
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const target = `node_modules/${name}`;
    const platform = platformOf(name);
    if (
      platform === undefined ||
      lock.packages[target] !== undefined ||
      lock.packages[`${place}/${target}`] !== undefined
    )
      continue;
    lock.packages[target] = {
      version: version.replace(/^[\^~>=]+/, ""),
      ...(owner.dev ? { dev: true } : {}),
      optional: true,
      ...platform,
    };
    added.push(name);
  }
}
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(added.length === 0 ? "The lockfile is complete." : `Added ${added.length}: ${added.join(", ")}`);
