/** What the schema alone cannot know: the vendors there are and their options, the tools, the other agents. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import type { Provider } from "../../providers/provider.ts";
import { providers } from "../../providers/registry.ts";

const stages = { recogniser: "stt", model: "llm", voice: "tts" } as const;
type Stage = keyof typeof stages;

/** Who is meant is known at run time only. */
const vendors = providers as unknown as Readonly<Record<string, Provider>>;

/** Needs no account; it has no options. */
const builtIn: Readonly<Partial<Record<Stage, true>>> = { model: true, voice: true };

function optionsSchema(stage: Stage, provider: string): z.ZodType | undefined {
  if (provider === "builtin") return builtIn[stage] ? z.strictObject({}) : undefined;
  const schema = Object.hasOwn(vendors, provider) ? vendors[provider]?.[stages[stage]]?.options : undefined;
  // An option nobody reads is a slip of the pen, or a key that must not be stored here.
  return schema instanceof z.ZodObject ? schema.strict() : schema;
}

function providersOf(stage: Stage): string[] {
  const known = Object.keys(vendors).filter((id) => vendors[id]?.[stages[stage]] !== undefined);
  return builtIn[stage] ? [...known, "builtin"] : known;
}

interface Choice {
  readonly provider: string;
  readonly options: Readonly<Record<string, unknown>>;
}

function faultsOfChoice(stage: Stage, choice: Choice, path: string): string[] {
  const schema = optionsSchema(stage, choice.provider);
  if (schema === undefined)
    return [`${path}.provider: ${choice.provider} offers none. There are: ${providersOf(stage).join(", ")}.`];
  const checked = schema.safeParse(choice.options);
  if (checked.success) return [];
  return checked.error.issues.map((issue) => `${[path, "options", ...issue.path].join(".")}: ${issue.message}`);
}

function faultsOfStage(config: AgentConfig, stage: Stage): string[] {
  const chain = config[stage];
  if (chain === undefined) return [];
  return [
    ...faultsOfChoice(stage, chain, stage),
    ...chain.standbys.flatMap((choice, index) => faultsOfChoice(stage, choice, `${stage}.standbys.${index}`)),
  ];
}

function faultsOfTools({ tools, toolSettings }: AgentConfig, known: KnownTools): string[] {
  const unknown = (field: string, named: object) =>
    Object.keys(named)
      .filter((name) => !known.has(name))
      .map((name) => `${field}.${name}: there is no such tool. There are: ${[...known.keys()].join(", ")}.`);
  const unfit = Object.entries(toolSettings).flatMap(([name, settings]) =>
    // Settings of a tool that is off may wait unfinished.
    (tools[name] === false ? [] : (known.get(name)?.(settings) ?? [])).map((fault) => `toolSettings.${name}.${fault}`),
  );
  return [...unknown("tools", tools), ...unknown("toolSettings", toolSettings), ...unfit];
}

/** By name: what is wrong with settings of it, each fault beginning with the field. */
export type KnownTools = ReadonlyMap<string, (settings: Readonly<Record<string, unknown>>) => readonly string[]>;

export interface ConfigSurroundings {
  readonly tools: KnownTools;
  /** Of the organisation; a handoff leads to one of them. */
  readonly agentIds: ReadonlySet<string>;
  /** The agent's own id, once it has one. */
  readonly ownId?: string;
}

/** Throws AppError `bad_request` that names each field and its mend, or `not_found` where nothing is wrong but who is handed to. */
export function checkConfig(config: AgentConfig, { tools, agentIds, ownId }: ConfigSurroundings): void {
  const faults = [
    ...(Object.keys(stages) as Stage[]).flatMap((stage) => faultsOfStage(config, stage)),
    ...faultsOfTools(config, tools),
    ...config.handoffs.flatMap(({ agentId }, index) =>
      agentId === ownId ? [`handoffs.${index}.agentId: must be another agent than this one.`] : [],
    ),
  ];
  const missing = config.handoffs.flatMap(({ agentId }, index) =>
    agentIds.has(agentId) || agentId === ownId ? [] : [`handoffs.${index}.agentId: there is no such agent of yours.`],
  );
  const publicMessage = [...faults, ...missing].map((fault) => `config.${fault}`).join("; ");
  if (faults.length > 0) throw new AppError("bad_request", { publicMessage });
  if (missing.length > 0) throw new AppError("not_found", { publicMessage });
}
