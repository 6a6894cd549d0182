/**
 * `node scripts/openapi.ts [--check]`: docs/openapi.json, asked of the server itself, so that it says what is served.
 * With --check nothing is written; a difference fails.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createLogger } from "../server/src/boot/logger.ts";
import { mountFeatures } from "../server/src/compose/mount-features.ts";
import type { ApiParts } from "../server/src/entry/http/api-parts.ts";
import { createCallBook } from "../server/src/entry/http/call-book.ts";
import { createApi } from "../server/src/entry/http/create-api.ts";
import { createMetrics } from "../server/src/entry/http/metrics.ts";
import { systemClock } from "../server/src/kernel/clock.ts";

const root = dirname(import.meta.dirname);
const path = join(root, "docs", "openapi.json");

/** Describing the routes asks for none of what serves them. */
function neverAsked<T extends object>(name: string): T {
  return new Proxy(function asked() {} as unknown as T, {
    get: (_target, key) => neverAsked(`${name}.${String(key)}`),
    apply() {
      throw new Error(`Describing the API called ${name}().`);
    },
  });
}

const openLimits: ApiParts["limits"] = {
  take: async () => ({ isAllowed: true, limit: 1, remaining: 1, resetMs: 0 }),
};

function partsForDescription(): ApiParts {
  const { version } = JSON.parse(readFileSync(join(root, "server", "package.json"), "utf8")) as { version: string };
  return {
    version,
    clock: systemClock,
    log: createLogger("fatal", "openapi"),
    embedded: true,
    authenticate: neverAsked("authenticate"),
    signInToDemo: neverAsked("signInToDemo"),
    mediaProcesses: 1,
    port: () => 3000,
    planCall: neverAsked("planCall"),
    calls: neverAsked("calls"),
    carrier: neverAsked("carrier"),
    telephony: neverAsked("telephony"),
    providerStatus: [],
    notes: [],
    link: neverAsked("link"),
    book: createCallBook(),
    metrics: createMetrics(),
    dashboard: () => ({ state: "off" }),
    isDraining: () => false,
    idempotency: neverAsked("idempotency"),
    limits: openLimits,
    isSuspended: async () => false,
    recordDeed: neverAsked("recordDeed"),
    noteReading: neverAsked("noteReading"),
    live: neverAsked("live"),
    mountFeatures: (mount) => mountFeatures(mount, neverAsked("features")),
  };
}

const byName = <T>(record: Readonly<Record<string, T>>) =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

async function describeApi(): Promise<string> {
  const app = await createApi(partsForDescription());
  try {
    const answer = await app.inject("/api/v1/openapi.json");
    const document = answer.json<{ paths: Record<string, object>; components: Record<string, object> }>();
    const paths = byName(document.paths);
    for (const [name, methods] of Object.entries(paths)) paths[name] = byName(methods as Record<string, unknown>);
    const ordered = { ...document, paths };
    return `${JSON.stringify(ordered, undefined, 2)}\n`;
  } finally {
    await app.close();
  }
}

/** Undefined when it was never written. */
function readKept(): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const described = await describeApi();
if (!process.argv.includes("--check")) {
  writeFileSync(path, described);
  console.log(`Written: ${path}`);
} else if (readKept() !== described) {
  console.error(
    "docs/openapi.json is not what the server serves. Mend: node scripts/openapi.ts, and read the difference.",
  );
  process.exitCode = 1;
}
