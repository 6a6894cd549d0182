/** What an agent is: everything its owner decides, in one schema. Stored as it is, published as it is, exported as it is. */
import { z } from "zod";
import * as part from "./agent-parts.ts";
import { findVariables, knownVariables } from "./agent-variables.ts";

export const agentName = z.string().trim().min(1, "must not be empty").max(100);

/** Without the checks across fields: for forms and for changing a part. */
export const agentConfigFields = z.strictObject({
  name: agentName.describe("As it calls itself and as the dashboard lists it."),
  language: part.languageTag.default("en-US").describe("BCP-47: what it speaks unless told otherwise."),
  otherLanguages: z.array(part.languageTag).max(10).default([]).describe("What it may be asked to speak instead."),
  greeting: part.text(1000).default("Hello, how can I help you?").describe("The first words. May hold variables."),
  instructions: part
    .text(30_000)
    .default("")
    .describe("How it behaves, in plain words. Hours, services and facts are added by themselves. May hold variables."),
  phrases: part.phrases,

  recogniser: part.providerChain.optional().describe("Who turns speech into words."),
  model: part.providerChain
    .optional()
    .describe("Who thinks. Absent: what the installation has, else the built-in desk."),
  voice: part.providerChain.optional().describe("Who speaks; the voice is named in its options."),
  replyMaxTokens: z.int().min(50).max(2000).default(400).describe("No reply of the model is longer."),
  keyterms: z
    .array(z.string().trim().min(1).max(60))
    .max(100)
    .default([])
    .describe("Names and words the recogniser should expect."),

  turnTaking: part.turnTaking,
  interruptions: part.interruptions,
  maxDurationMinutes: z.int().min(1).max(240).default(30),

  business: part.business,
  openingHours: part.openingHours.optional().describe("In the business's own zone. Absent: always open."),
  afterHours: part.afterHours,
  booking: part.booking,

  tools: z
    .record(z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), z.boolean())
    .default({})
    .describe(
      "By name: what it may do. One that is not named is on when it is the platform's own and reaches nobody, else off.",
    ),
  toolSettings: z
    .record(z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), z.record(z.string(), z.unknown()))
    .default({})
    .describe("By tool: its settings for this agent. `connectionId` says which account it works with. Never a key."),
  knowledgeIds: z.array(z.string().max(100)).max(50).default([]).describe("Collections of documents it answers from."),
  outcomeFields: z
    .array(part.outcomeField)
    .max(30)
    .default([])
    .describe("What is read out of every call when it has ended."),
  variables: z.array(part.variable).max(50).default([]).describe("What `{{name}}` may stand for in its texts."),

  transferNumber: part.phoneNumber
    .optional()
    .describe("Where a caller who wants a human goes. Absent: a message is taken."),
  handoffs: z.array(part.handoff).max(10).default([]).describe("Other agents that may take over."),
  emergency: part.emergency,
  aiDisclosure: part.aiDisclosure,
  recording: part.recording,
  privacy: part.privacy,
});
type Fields = z.output<typeof agentConfigFields>;

/** The texts that variables may stand in, by path. */
export function textsOf(config: Fields): { path: (string | number)[]; text: string }[] {
  return [
    { path: ["greeting"], text: config.greeting },
    { path: ["instructions"], text: config.instructions },
    { path: ["afterHours", "greeting"], text: config.afterHours.greeting },
    { path: ["afterHours", "instructions"], text: config.afterHours.instructions },
    { path: ["recording", "announcement"], text: config.recording.announcement },
    { path: ["aiDisclosure", "words"], text: config.aiDisclosure.words },
    { path: ["emergency", "say"], text: config.emergency.say },
    ...config.business.facts.map((text, index) => ({ path: ["business", "facts", index], text })),
  ];
}

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

function findUndeclared(config: Fields): Fault[] {
  const declared = new Set<string>([...knownVariables, ...config.variables.map(({ name }) => name)]);
  return textsOf(config).flatMap(({ path, text }) =>
    findVariables(text)
      .filter((name) => !declared.has(name))
      .map((name) => ({
        path,
        message: `uses {{${name}}}, which is not among the variables. Declare it, or take it out.`,
      })),
  );
}

function findTwice(names: readonly string[], field: string): Fault[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: [field, index, "name"], message: `${name} is there twice.` }],
  );
}

function findFaults(config: Fields): Fault[] {
  const faults = [
    ...findUndeclared(config),
    ...findTwice(
      config.variables.map(({ name }) => name),
      "variables",
    ),
    ...findTwice(
      config.outcomeFields.map(({ name }) => name),
      "outcomeFields",
    ),
  ];
  const reserved = config.variables.findIndex(({ name }) => (knownVariables as readonly string[]).includes(name));
  if (reserved >= 0)
    faults.push({ path: ["variables", reserved, "name"], message: "is known to every agent already." });
  if (config.emergency.words.length > 0 && config.emergency.say.trim() === "")
    faults.push({
      path: ["emergency", "say"],
      message: "must say what the caller should do: there are emergency words.",
    });
  if (config.afterHours.behaviour === "say-and-hang-up" && config.afterHours.greeting.trim() === "")
    faults.push({ path: ["afterHours", "greeting"], message: "must not be empty: it is all that the caller hears." });
  return faults;
}

export const agentConfig = agentConfigFields.superRefine((config, context) => {
  for (const { path, message } of findFaults(config)) context.addIssue({ code: "custom", path, message });
});
export type AgentConfig = z.output<typeof agentConfig>;
/** As it is written by hand: what has a default may be absent. */
export type AgentConfigInput = z.input<typeof agentConfig>;

function withoutDefault(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return withoutDefault(schema.unwrap() as z.ZodType);
  return schema;
}

const nullable = new Set(
  Object.entries(agentConfigFields.shape).flatMap(([name, schema]) => (schema instanceof z.ZodOptional ? [name] : [])),
);

/** Some top-level fields of a configuration: each that is given replaces that field whole; null takes an optional one away. */
export const agentConfigChange = z.strictObject(
  Object.fromEntries(
    Object.entries(agentConfigFields.shape).map(([name, schema]) => {
      const plain = withoutDefault(schema);
      return [name, (nullable.has(name) ? plain.nullable() : plain).optional()];
    }),
  ),
) as unknown as z.ZodType<Readonly<Partial<Record<keyof AgentConfig, unknown>>>>;
