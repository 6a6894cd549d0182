/** Who hears, thinks and speaks for an organisation outside a live call. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { chooseProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import type { ProviderChain, ProviderChoice } from "../entry/process-messages.ts";
import { agentProviders } from "./agent-providers.ts";
import type { VendorKeys } from "./call-gates.ts";

interface Wanted {
  readonly orgId: string;
  readonly agent: AgentConfig;
  /** BCP-47. */
  readonly language: string;
}

const stages = {
  stt: ["deepgram"],
  llm: ["openai", "anthropic", "mistral"],
  tts: ["elevenlabs"],
} as const;

/** As a call of this agent is served; where that leaves the built-in ones, by a vendor the organisation has a key of its own for. */
export async function organizationProviders(
  { config, keys }: { config: Config; keys: VendorKeys },
  { orgId, agent, language }: Wanted,
): Promise<ProviderChain> {
  const installed = chooseProviders(config, language);
  const chain = await agentProviders({ config, installed, agent, language, orgId, keys });
  const own = async (stage: keyof typeof stages, options: ProviderChoice["options"]): Promise<ProviderChoice[]> => {
    const found: ProviderChoice[] = [];
    for (const provider of stages[stage]) {
      const credentials = await keys.keyOf(orgId, provider);
      if (credentials !== undefined) found.push({ provider, options, credentials });
    }
    return found;
  };
  const isBuiltIn = (choices: readonly ProviderChoice[]) => choices.every(({ provider }) => provider === "builtin");
  const [stt] = chain.stt === undefined ? await own("stt", { language }) : [chain.stt];
  const llm = isBuiltIn(chain.llm) && agent.model === undefined ? await own("llm", {}) : [];
  const tts = isBuiltIn(chain.tts) && agent.voice === undefined ? await own("tts", {}) : [];
  return { ...chain, ...(stt === undefined ? {} : { stt }), llm: [...llm, ...chain.llm], tts: [...tts, ...chain.tts] };
}
