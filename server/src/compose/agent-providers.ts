/** Who hears, thinks and speaks for one call: the agent's choice, else the installation's; the built-in ones last. */
import type { AgentConfig } from "@parley/contract/agent-config";
import type { Config, VendorId } from "../config.ts";
import type { ProviderChain, ProviderChoice } from "../entry/process-messages.ts";
import type { VendorKeys } from "./call-gates.ts";
import { chooseEmbeddings } from "./choose-embeddings.ts";

interface AgentProvidersInput {
  readonly config: Pick<Config, "vendors">;
  /** What serves an agent that chose nothing. */
  readonly installed: ProviderChain;
  readonly agent: AgentConfig;
  /** Of the call. */
  readonly language: string;
  readonly orgId: string;
  readonly keys: VendorKeys;
}

/** A server of the owner's own has its settings where OpenAI's would be. */
const settingsName = (provider: string) => (provider === "openai-compatible" ? "openai" : provider) as VendorId;

/** With the organisation's own key where it has one. Undefined: nobody here can use this vendor. */
async function withKey(input: AgentProvidersInput, choice: ProviderChoice): Promise<ProviderChoice | undefined> {
  if (choice.provider === "builtin") return choice;
  const credentials = await input.keys.keyOf(input.orgId, choice.provider);
  if (credentials !== undefined) return { ...choice, credentials };
  const settings = input.config.vendors[settingsName(choice.provider)];
  const isUsable =
    settings?.apiKey !== undefined || (choice.provider === "openai-compatible" && settings?.baseUrl !== undefined);
  return isUsable ? choice : undefined;
}

async function usable(
  input: AgentProvidersInput,
  stage: "recogniser" | "model" | "voice",
  installed: readonly ProviderChoice[],
): Promise<ProviderChoice[]> {
  const chosen = input.agent[stage];
  const own = chosen === undefined ? [] : [chosen, ...chosen.standbys];
  const found: ProviderChoice[] = [];
  for (const { provider, options } of own) {
    const spoken = stage === "recogniser" ? { language: input.language, ...options } : options;
    const choice = await withKey(input, { provider, options: spoken });
    if (choice !== undefined) found.push(choice);
  }
  if (found.length > 0) return found;
  const ready: ProviderChoice[] = [];
  for (const choice of installed) ready.push({ ...choice, ...(await withKey(input, choice)) });
  return ready;
}

const builtIn: ProviderChoice = { provider: "builtin", options: {} };
const endingBuiltIn = (chain: readonly ProviderChoice[]) => [
  ...chain.filter(({ provider }) => provider !== "builtin"),
  builtIn,
];

/** The agent that chose the built-in one first means it. */
function chain(agent: AgentConfig, stage: "model" | "voice", choices: readonly ProviderChoice[]): ProviderChoice[] {
  return agent[stage]?.provider === "builtin" ? [builtIn] : endingBuiltIn(choices);
}

export async function agentProviders(input: AgentProvidersInput): Promise<ProviderChain> {
  const { agent, installed } = input;
  const mayAskDocuments = agent.knowledgeIds.length > 0 || agent.handoffs.length > 0;
  const embeddings = mayAskDocuments ? await chooseEmbeddings(input, input.orgId) : undefined;
  const [stt, ...sttStandbys] = await usable(input, "recogniser", installed.stt === undefined ? [] : [installed.stt]);
  return {
    llm: chain(agent, "model", await usable(input, "model", installed.llm)),
    tts: chain(agent, "voice", await usable(input, "voice", installed.tts)),
    ...(stt === undefined ? {} : { stt }),
    ...(sttStandbys.length === 0 ? {} : { sttStandbys }),
    ...(embeddings === undefined ? {} : { embeddings }),
  };
}
