import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const ms = z.number().int().min(0).max(600_000);
const text = z.string().min(1);
const withinMs = ms.default(10_000);

const line = z.strictObject({
  noiseDb: z.number().min(-90).max(0).optional(),
  lossShare: z.number().min(0).max(1).optional(),
  clipDb: z.number().min(0).max(40).optional(),
  seed: z.number().int().optional(),
});

const step = z.union([
  z.strictObject({ say: text, expectReply: z.boolean().default(true) }),
  z.strictObject({
    waitFor: z.union([
      z.enum(["agentDone", "agentStarts", "hangUp"]),
      z.strictObject({ words: text }),
      z.strictObject({ quietMs: ms }),
    ]),
    withinMs,
  }),
  z.strictObject({ bargeIn: z.strictObject({ afterMs: ms, say: text }), withinMs }),
  z.strictObject({ backchannel: z.strictObject({ afterMs: ms, say: text }), withinMs }),
  z.strictObject({
    cough: z.strictObject({
      afterMs: ms.optional(),
      durationMs: ms.default(300),
      levelDb: z.number().min(-60).max(0).default(-8),
    }),
    withinMs,
  }),
  z.strictObject({ press: z.string().regex(/^[0-9*#A-Dw]+$/, "digits, *, #, A to D, and w for half a second") }),
  z.strictObject({ silence: ms }),
  z.strictObject({
    hangUp: z.union([z.literal("now"), z.strictObject({ whileSaying: text, afterMs: ms })]),
  }),
]);

const phrases = z.array(text).default([]);
const eventPattern = z.looseObject({ type: text });

const expectations = z.strictObject({
  heard: z.strictObject({ contains: phrases, notContains: phrases, inOrder: phrases }).prefault({}),
  latency: z.strictObject({ firstAudioP50Ms: ms.optional(), firstAudioMaxMs: ms.optional() }).prefault({}),
  bargeInSilentWithinMs: ms.optional(),
  talkedOverMax: z.number().int().min(0).optional(),
  clears: z.strictObject({ min: z.number().int().optional(), max: z.number().int().optional() }).prefault({}),
  underrunsMax: z.number().int().min(0).optional(),
  endedBy: z.enum(["caller", "platform", "carrier"]).optional(),
  hangUpReason: text.optional(),
  events: z
    .strictObject({ contains: z.array(eventPattern).default([]), notContains: z.array(eventPattern).default([]) })
    .prefault({}),
  tools: z.strictObject({ called: phrases, notCalled: phrases }).prefault({}),
  /** Codes of Twilio's debugger that may appear; any other fails the scenario. */
  alerts: z.array(z.number().int()).default([]),
});

const scenario = z.strictObject({
  name: text,
  about: z.string().optional(),
  language: z.string().default("en"),
  voice: z.enum(["espeak", "synthetic"]).default("espeak"),
  from: z.string().default("+14155550123"),
  to: z.string().default("+15550100001"),
  line: line.default({}),
  steps: z.array(step).min(1),
  expect: expectations.prefault({}),
});

export type Scenario = z.infer<typeof scenario>;
export type ScenarioStep = Scenario["steps"][number];
export type Expectations = Scenario["expect"];

/** Thrown for a scenario file that cannot be used; one line a problem: file, line, field, reason. */
export class ScenarioError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ScenarioError";
  }
}

/** Reads and checks a scenario's YAML. `file` is only for the messages. */
export function readScenario(yaml: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ScenarioError(
      document.errors.map((error) => `${file}:${lines.linePos(error.pos[0]).line}: not YAML: ${error.message}`),
    );
  }
  const parsed = scenario.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    return `${file}:${lineOf(document, lines, path)}: ${path.join(".") || "(file)"}: ${reasonOf(issue)}`;
  });
  throw new ScenarioError(problems);
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    const range = (node as { range?: readonly number[] | null } | undefined)?.range;
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union") return issue.message;
  const steps = "say, waitFor, bargeIn, backchannel, cough, press, silence, hangUp";
  // The branch that complains about a value, not about the step's name, is the step that was meant.
  const meant = issue.errors.find((branch) => branch.every((inner) => inner.code !== "unrecognized_keys"));
  const first = meant?.[0];
  if (first === undefined || issue.path[0] !== "steps") return `no such step; a step is one of ${steps}`;
  const field = first.path.map(String).join(".");
  return `${field === "" ? "" : `${field}: `}${first.code === "invalid_union" ? "no allowed form of it" : first.message}`;
}
