/** From a stored agent and what is known of a call to the call's frozen plan. Pure: time and variables come in. */
import type { AgentConfig } from "@parley/contract/agent-config";
import type { CallPlan, EmergencyPlan, HandoffTarget, Phrases, RecordingPlan } from "../../call/call-plan.ts";
import type { ToolSpec } from "../../call/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import { agentWords, disclose } from "./agent-words.ts";
import { assembleInstructions } from "./assemble-instructions.ts";
import { type CallFacts, createTextFiller, type FillText } from "./fill-texts.ts";
import { isOpenAt } from "./opening-times.ts";
import { platformPhrases } from "./phrases.ts";
import { toTurnPolicy } from "./turn-policy.ts";

/** One configuration of an agent, as it is run. */
export interface RunnableAgent {
  readonly agentId: string;
  readonly version: number | "draft";
  readonly config: AgentConfig;
}

export interface PlanInput extends CallFacts {
  readonly orgId: string;
  readonly callId: string;
  readonly agent: RunnableAgent;
  /** The agents that its handoffs name, as far as they are there. */
  readonly others?: readonly RunnableAgent[];
  /** What every agent has unless its owner says no. */
  readonly tools: readonly ToolSpec[];
  /** By agent: what its owner said yes to beside those, as far as it can be used now. */
  readonly moreTools?: ReadonlyMap<string, readonly ToolSpec[]>;
  /** What the owner said yes to and cannot be used now. */
  readonly leftOutTools?: NonNullable<CallPlan["leftOutTools"]>;
  readonly intents?: NonNullable<CallPlan["intents"]>;
  readonly direction: CallPlan["direction"];
  /** BCP-47; one that the agent speaks. */
  readonly language?: string;
  readonly from?: string;
  readonly to?: string;
  /** The installation's vendor of voices, for agents that name none. */
  readonly voiceVendor?: string;
  /** The installation allows replies that begin before a turn's end. */
  readonly canStartEarly: boolean;
}

export type CompiledPlan =
  | { readonly verdict: "answer"; readonly plan: CallPlan }
  /** The business is closed, and wants this said and nothing more. */
  | { readonly verdict: "closed"; readonly words: string; readonly language: string };

const base = (tag: string) => tag.toLowerCase().split("-")[0];

/** The agent's tag for the wished language: the same, else one with the same base. Undefined: it does not speak it. */
export function spokenLanguage({ language, otherLanguages }: AgentConfig, wished: string): string | undefined {
  const spoken = [language, ...otherLanguages];
  const exact = spoken.find((tag) => tag.toLowerCase() === wished.toLowerCase());
  return exact ?? spoken.find((tag) => base(tag) === base(wished));
}

function chooseLanguage({ agent, language }: PlanInput): string {
  if (language === undefined) return agent.config.language;
  const spoken = spokenLanguage(agent.config, language);
  if (spoken !== undefined) return spoken;
  const known = [agent.config.language, ...agent.config.otherLanguages].join(", ");
  throw new AppError("bad_request", { publicMessage: `language: this agent speaks ${known}.` });
}

const messageTools = new Set(["take_message", "end_call"]);

function chooseTools(
  { tools, moreTools }: PlanInput,
  { agentId, config }: RunnableAgent,
  onlyMessages: boolean,
): ToolSpec[] {
  const allowed = tools.filter(({ name }) => config.tools[name] !== false);
  return onlyMessages
    ? allowed.filter(({ name }) => messageTools.has(name))
    : [...allowed, ...(moreTools?.get(agentId) ?? [])];
}

/** By agent, for all who may speak in the call. */
function toolSettingsOf({ agent, others = [] }: PlanInput): Pick<CallPlan, "toolSettings"> {
  const all = [agent, ...others].map(({ agentId, config }) => [agentId, config.toolSettings] as const);
  const set = all.filter(([, settings]) => Object.keys(settings).length > 0);
  return set.length > 0 ? { toolSettings: Object.fromEntries(set) } : {};
}

function greetingOf(config: AgentConfig, fill: FillText, isClosed: boolean): string {
  const own = isClosed && config.afterHours.greeting.trim() !== "" ? config.afterHours.greeting : config.greeting;
  const greeting = fill(own).trim();
  if (config.aiDisclosure.when !== "greeting") return greeting;
  return disclose(greeting, fill(config.aiDisclosure.words), config.language);
}

function emergencyOf(config: AgentConfig, fill: FillText): EmergencyPlan | undefined {
  const { emergency, transferNumber } = config;
  if (emergency.words.length === 0) return undefined;
  const transferTo = emergency.transferTo ?? transferNumber;
  const say = fill(emergency.say);
  if (transferTo === undefined) return { words: emergency.words, say };
  return { words: emergency.words, say: `${say} ${agentWords(config.language).connecting}`, transferTo };
}

function recordingOf({ recording }: AgentConfig, fill: FillText): RecordingPlan {
  const announcement = fill(recording.announcement).trim();
  return { enabled: recording.enabled, ...(announcement === "" ? {} : { announcement }) };
}

function handoffsOf(input: PlanInput): HandoffTarget[] {
  const { agent, others = [] } = input;
  return agent.config.handoffs.flatMap(({ agentId, when }) => {
    const other = others.find((each) => each.agentId === agentId);
    if (other === undefined) return [];
    const { config } = other;
    const { strict: _, ...facts } = input;
    const fill = createTextFiller(config, { ...facts, strict: false });
    // Voices are named by the vendor that speaks this call.
    const vendor = agent.config.voice?.provider ?? input.voiceVendor;
    const voice = config.voice?.provider === vendor ? config.voice?.options["voiceId"] : undefined;
    const target: HandoffTarget = {
      ...{ agentId, agentName: config.name, when, language: config.language, keyterms: config.keyterms },
      instructions: assembleInstructions(config, fill, false),
      greeting: fill(config.greeting).trim(),
      tools: chooseTools(input, other, false),
      phrases: phrasesOf(config, config.language),
      ...knowledgeOf(config),
      ...(typeof voice === "string" ? { voice } : {}),
    };
    return [target];
  });
}

const knowledgeOf = ({ knowledgeIds }: AgentConfig) =>
  knowledgeIds.length > 0 ? { knowledge: { collectionIds: knowledgeIds } } : {};

/** Its own sentences, and the platform's in its language for the rest. */
function phrasesOf({ phrases }: AgentConfig, language: string): Phrases {
  return { ...platformPhrases(language), ...defined(phrases) };
}

const defined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };

/** Throws AppError `bad_request` for a language it does not speak and, when `strict`, for variables that do not fit. */
export function compilePlan(input: PlanInput): CompiledPlan {
  const { agent, nowMs } = input;
  const { config } = agent;
  const language = chooseLanguage(input);
  const fill = createTextFiller(config, input);
  const isClosed =
    input.direction === "inbound" &&
    !isOpenAt(config.openingHours, { timeZone: config.business.timeZone, atMs: nowMs });
  const behaviour = isClosed ? config.afterHours.behaviour : "answer";
  const greeting = greetingOf(config, fill, isClosed);
  if (behaviour === "say-and-hang-up") return { verdict: "closed", words: greeting, language };
  const handoffs = handoffsOf(input);
  const plan: CallPlan = {
    ...{ callId: input.callId, orgId: input.orgId, agentId: agent.agentId, agentName: config.name },
    ...{ direction: input.direction, language, greeting, timeZone: config.business.timeZone },
    instructions: assembleInstructions(config, fill, isClosed),
    keyterms: config.keyterms,
    phrases: phrasesOf(config, language),
    turnPolicy: toTurnPolicy(config, input.canStartEarly),
    tools: chooseTools(input, agent, behaviour === "take-message"),
    maxOutputTokens: config.replyMaxTokens,
    ...defined({ from: input.from, to: input.to, transferTo: config.transferNumber }),
    ...defined({ emergency: emergencyOf(config, fill) }),
    recording: recordingOf(config, fill),
    ...(handoffs.length > 0 ? { handoffs } : {}),
    aiDisclosure: config.aiDisclosure.when,
    pauseForCardDigits: config.privacy.pauseForCardDigits,
    agentVersion: agent.version,
    ...(isClosed ? { afterHours: true } : {}),
    ...knowledgeOf(config),
    ...toolSettingsOf(input),
    ...(input.leftOutTools?.length ? { leftOutTools: input.leftOutTools } : {}),
    ...(input.intents?.length ? { intents: input.intents } : {}),
    ...(config.outcomeFields.length > 0 ? { outcomeFields: config.outcomeFields.map((field) => defined(field)) } : {}),
  };
  return { verdict: "answer", plan };
}
