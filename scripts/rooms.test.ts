/** Every rule of the fence is broken once, in a copy of the tree, and has to say so. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { cruisedFolders } from "./cruised-folders.ts";

const root = dirname(import.meta.dirname);
const { forbidden } = createRequire(import.meta.url)("../.dependency-cruiser.cjs") as { forbidden: { name: string }[] };

/** [rule, folder of the planted file, what it imports] */
const plants: readonly (readonly [rule: string, folder: string, imported: string])[] = [
  ["no-cycles", "server/src/kernel", "./planted-back.ts"],
  ["kernel-is-a-leaf", "server/src/kernel", "@parley/contract/call-event"],
  ["audio-is-arithmetic", "server/src/audio", "../call/ports.ts"],
  ["kernel-and-audio-have-no-npm", "server/src/kernel", "zod"],
  ["kernel-and-audio-have-no-npm", "server/src/audio", "luxon"],
  ["contract-is-browser-safe", "contract/src", "../../server/src/kernel/clock.ts"],
  ["contract-has-no-node", "contract/src", "node:fs"],
  ["call-knows-no-vendor", "server/src/call/reply", "../../providers/provider.ts"],
  ["call-npm-allow-list", "server/src/call", "zod"],
  ["call-stage-listen", "server/src/call/listen", "../turn/endpointing.ts"],
  ["call-stage-turn", "server/src/call/turn", "../speak/playback.ts"],
  ["call-stage-reply", "server/src/call/reply", "../speak/playback.ts"],
  ["call-stage-speak", "server/src/call/speak", "../turn/endpointing.ts"],
  ["call-stage-record", "server/src/call/record", "../turn/endpointing.ts"],
  ["providers-implement-ports", "server/src/providers/deepgram", "../../features/calls/index.ts"],
  ["vendors-keep-apart", "server/src/providers/deepgram", "../elevenlabs/index.ts"],
  ["platform-is-plumbing", "server/src/platform/db", "../../features/calls/index.ts"],
  ["features-own-the-product", "server/src/features/calls", "../../entry/process-link.ts"],
  ["features-by-their-door", "server/src/features/calls", "../agents/demo-agents.ts"],
  ["entry-lets-the-outside-in", "server/src/entry/http", "../../features/calls/call-store.ts"],
  ["nobody-imports-compose", "server/src/boot", "../compose/api.ts"],
  ["testing-is-for-tests", "server/src/boot", "../testing/manual-clock.ts"],
  ["sandbox-and-server-meet-over-sockets", "sandbox/src", "../../server/src/kernel/clock.ts"],
  ["server-never-imports-sandbox", "server/src/boot", "../../../sandbox/src/voice/index.ts"],
  ["dashboard-knows-the-contract", "dashboard/call", "../../server/src/kernel/clock.ts"],
];
const allowed = [
  ["server/src/call/turn", "../../kernel/clock.ts"],
  ["server/src/call/turn", "luxon"],
  ["server/src/call", "./turn/endpointing.ts"],
  ["server/src/features/calls", "../agents/index.ts"],
  ["dashboard/call", "@parley/contract/call-event"],
] as const;

const summaryShape = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});
let copy: string;
let summary: z.infer<typeof summaryShape>["summary"];

function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-rooms-"));
  const skipped = new Set(["node_modules", ".next", "assets"]);
  for (const name of cruisedFolders) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !skipped.has(basename(path)) });
  }
  for (const name of ["package.json", ".dependency-cruiser.cjs"]) cpSync(join(root, name), join(folder, name));
  mkdirSync(join(folder, "node_modules/@parley"), { recursive: true });
  symlinkSync("../../contract", join(folder, "node_modules/@parley/contract"));
  for (const name of ["zod", "luxon"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  return folder;
}

const importLine = (imported: string) => `import * as planted from "${imported}";\nexport const kept = planted;\n`;

beforeAll(() => {
  copy = copyTree();
  writeFileSync(join(copy, "server/src/kernel/planted-back.ts"), importLine("./planted-0.ts"));
  for (const [index, [, folder, imported]] of plants.entries())
    writeFileSync(join(copy, folder, `planted-${index}.ts`), importLine(imported));
  for (const [index, [folder, imported]] of allowed.entries())
    writeFileSync(join(copy, folder, `allowed-${index}.ts`), importLine(imported));
  const run = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/.bin/depcruise"),
      ...["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...cruisedFolders],
    ],
    { cwd: copy, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 },
  );
  expect(run.error ?? run.stderr).not.toContain("rror");
  summary = summaryShape.parse(JSON.parse(run.stdout)).summary;
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe("the fence between the rooms", () => {
  // Without a compiler it understands, dependency-cruiser finds next to nothing and is content.
  test("sees the tree", () => expect(summary.totalCruised).toBeGreaterThan(100));

  test.each(plants.map(([rule, folder, imported], index) => ({ rule, folder, imported, index })))(
    "$rule: $folder may not import $imported",
    ({ rule, folder, index }) => {
      const said = summary.violations.filter(({ from }) => from === `${folder}/planted-${index}.ts`);
      expect(said.map((violation) => violation.rule.name)).toContain(rule);
    },
  );

  test("every rule has a planted violation", () => {
    const planted = new Set(plants.map(([rule]) => rule));
    expect(forbidden.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });

  test("lets through what belongs", () => {
    expect(summary.violations.filter(({ from }) => basename(from).startsWith("allowed-"))).toEqual([]);
  });
});
