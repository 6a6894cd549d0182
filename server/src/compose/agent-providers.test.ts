import { type AgentConfigInput, agentConfig } from "@parley/contract/agent-config";
import { describe, expect, test } from "vitest";
import { chooseProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import { agentProviders } from "./agent-providers.ts";
import type { VendorKeys } from "./call-gates.ts";

const own = { apiKey: "of the organisation" };

function choose(agent: Partial<AgentConfigInput>, vendors: Config["vendors"] = {}, keyed: readonly string[] = []) {
  const keys: VendorKeys = {
    keyOf: async (orgId, provider) => (orgId === "org_1" && keyed.includes(provider) ? own : undefined),
  };
  const config = { vendors };
  return agentProviders({
    ...{ config, language: "ar-EG", orgId: "org_1", keys, installed: chooseProviders(config, "ar-EG") },
    agent: agentConfig.parse({ name: "x", ...agent }),
  });
}

const key = { apiKey: "of the installation" };

describe("who serves an agent's call", () => {
  test("the installation's choice where the agent made none, the built-in one last", async () => {
    const chosen = await choose({}, { openai: key, deepgram: key });
    expect(chosen.llm.map(({ provider }) => provider)).toEqual(["openai", "builtin"]);
    expect(chosen.tts.map(({ provider }) => provider)).toEqual(["builtin"]);
    expect(chosen.stt).toMatchObject({ provider: "deepgram", options: { language: "ar-EG" } });
    expect(JSON.stringify(chosen)).not.toContain("of the installation");
  });

  test("the agent's choice and its standbys, in order; what nobody has a key for is left out", async () => {
    const model = { provider: "anthropic", standbys: [{ provider: "mistral" }, { provider: "openai" }] };
    const chosen = await choose({ model }, { openai: key, anthropic: key });
    expect(chosen.llm.map(({ provider }) => provider)).toEqual(["anthropic", "openai", "builtin"]);
    expect((await choose({ model }, {})).llm.map(({ provider }) => provider)).toEqual(["builtin"]);
  });

  test("the built-in one alone when that is what the agent wants", async () => {
    const chosen = await choose({ model: { provider: "builtin" } }, { openai: key });
    expect(chosen.llm.map(({ provider }) => provider)).toEqual(["builtin"]);
  });

  test("the organisation's own key goes along, for its choice and for the installation's", async () => {
    const voice = { provider: "elevenlabs", options: { voiceId: "v1" } };
    const chosen = await choose({ voice }, { openai: key }, ["elevenlabs", "openai"]);
    expect(chosen.tts[0]).toEqual({ ...voice, credentials: own });
    expect(chosen.llm[0]).toMatchObject({ provider: "openai", credentials: own });
  });

  test("recognisers stand in for each other", async () => {
    const recogniser = { provider: "deepgram", standbys: [{ provider: "deepgram", options: { model: "nova-2" } }] };
    const chosen = await choose({ recogniser }, { deepgram: key });
    expect(chosen.sttStandbys).toEqual([{ provider: "deepgram", options: { language: "ar-EG", model: "nova-2" } }]);
  });
});
