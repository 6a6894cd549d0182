import { type AgentConfigInput, agentConfig } from "@parley/contract/agent-config";
import { describe, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import type { PlanRequest } from "../entry/http/api-parts.ts";
import { demoAgents, type RunnableAgent } from "../features/agents/index.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { type CallGates, openGates } from "./call-gates.ts";
import { createCallPlanner } from "./plan-call.ts";

// A Sunday in New York.
const nowMs = Date.parse("2026-11-22T17:00:00Z");

interface World {
  readonly gates?: Partial<CallGates>;
  readonly env?: Record<string, string>;
  /** The agents of `org_1`, beside the demo's. */
  readonly agents?: Readonly<Record<string, Partial<AgentConfigInput>>>;
}

function plannerOf({ gates = {}, env = {}, agents = {} }: World = {}) {
  const known = new Map<string, RunnableAgent>();
  for (const { id, config } of demoAgents)
    known.set(`org_demo/${id}`, { agentId: id, version: 1, config: agentConfig.parse(config) });
  for (const [id, fields] of Object.entries(agents))
    known.set(`org_1/${id}`, { agentId: id, version: 2, config: agentConfig.parse({ name: id, ...fields }) });
  const plan = createCallPlanner({
    ...{ config: readConfig(env), clock: createManualClock(nowMs), gates: { ...openGates, ...gates } },
    agents: {
      findRunnable: async (orgId, { agentId = "" }) => known.get(`${orgId}/${agentId}`),
      findOthers: async () => [],
    },
  });
  return (request: Partial<PlanRequest>) => plan({ channel: "phone", ...request });
}

const claimed = { numbers: { routeOf: async () => ({ orgId: "org_1", agentId: "agent_a" }) } };

describe("a call that comes in by telephone", () => {
  test("reaches the demo in the trial, and from Egypt the practice in Cairo", async () => {
    const plan = plannerOf();
    expect(await plan({ from: "+16175550123" })).toMatchObject({ plan: { agentId: "agent_demo", language: "en-US" } });
    const cairo = await plan({ from: "+201012345678", to: "+16175550142" });
    expect(cairo).toMatchObject({ plan: { agentId: "agent_demo_ar", language: "ar-EG", timeZone: "Africa/Cairo" } });
  });

  test("is nobody's with a database of the owner's, unless its number is claimed", async () => {
    const env = { DATABASE_URL: "postgres://localhost/parley", MASTER_KEY: Buffer.alloc(32, 1).toString("base64") };
    expect(await plannerOf({ env })({ to: "+16175550142" })).toEqual({ verdict: "unclaimed" });
    const plan = plannerOf({ env, gates: claimed, agents: { agent_a: {} } });
    expect(await plan({ to: "+16175550142" })).toMatchObject({ verdict: "answer", plan: { orgId: "org_1" } });
  });

  test("is refused in words by whichever gate refuses, and by an agent that only says it is closed", async () => {
    const refusal = { verdict: "refuse", reason: "budget", words: "Not now.", language: "en-US" } as const;
    const admission = { ...openGates.admission, admit: async () => refusal };
    const agents = { agent_a: {} };
    expect(await plannerOf({ gates: { ...claimed, admission }, agents })({ to: "+1" })).toEqual(refusal);
    const screening = { screen: async () => ({ ...refusal, reason: "blocked" }) };
    expect(await plannerOf({ gates: { ...claimed, screening }, agents })({ to: "+1" })).toMatchObject({
      reason: "blocked",
    });
    const closed: Partial<AgentConfigInput> = {
      openingHours: { weekly: {} },
      afterHours: { behaviour: "say-and-hang-up", greeting: "Closed." },
      aiDisclosure: { when: "when-asked" },
    };
    expect(await plannerOf({ gates: claimed, agents: { agent_a: closed } })({ to: "+1" })).toEqual({
      ...{ verdict: "refuse", reason: "closed", words: "Closed.", language: "en-US" },
    });
  });

  test("is greeted with what is known of its caller; a missing variable is no reason to refuse", async () => {
    const agents = {
      agent_a: {
        greeting: "Hello {{customer.name}}.",
        aiDisclosure: { when: "when-asked" as const },
        variables: [{ name: "customer.name", required: true }],
      },
    };
    const callers = {
      variablesOf: async () => ({ "customer.name": "Ada", "customer.city": "Cairo" }),
      contextOf: async () => ({ contactId: "con_1", notes: ["Known: likes mornings"] }),
    };
    const plan = plannerOf({ gates: { ...claimed, callers }, agents });
    expect(await plan({ to: "+1", from: "+2" })).toMatchObject({ plan: { greeting: "Hello Ada." } });
    const stranger = plannerOf({ gates: claimed, agents });
    expect(await stranger({ to: "+1", from: "+2" })).toMatchObject({ plan: { greeting: "Hello." } });
  });
});

describe("a caller we know", () => {
  const agents = { agent_a: { language: "en-US", otherLanguages: ["ar-EG"] } };
  const knowing = (language: string) => ({
    ...claimed,
    callers: {
      variablesOf: async () => ({ "contact.language": language }),
      contextOf: async () => ({ contactId: "con_1", notes: [] }),
    },
  });

  test("is met in their language where the agent speaks it", async () => {
    const met = async (language: string, request: Partial<PlanRequest> = {}) => {
      const verdict = await plannerOf({ gates: knowing(language), agents })({ to: "+1", from: "+2", ...request });
      return verdict.verdict === "answer" ? verdict.plan.language : verdict.verdict;
    };
    expect(await met("ar")).toBe("ar-EG");
    expect(await met("fr-FR")).toBe("en-US");
    expect(await met("ar", { language: "en-US" })).toBe("en-US");
    const outbound = { direction: "outbound", orgId: "org_1", agentId: "agent_a" } as const;
    expect(await met("ar", outbound)).toBe("en-US");
  });
});

describe("a call started over the API", () => {
  test("reaches an agent of the asking organisation only", async () => {
    const plan = plannerOf({ agents: { agent_a: {} } });
    expect(await plan({ channel: "text", orgId: "org_1", agentId: "agent_a" })).toMatchObject({ verdict: "answer" });
    expect(await plan({ channel: "text", orgId: "org_2", agentId: "agent_a" })).toEqual({ verdict: "unclaimed" });
  });

  test("has the voice that the agent's vendor knows by name", async () => {
    const voice = { provider: "elevenlabs", options: { voiceId: "v1" } };
    const request = { channel: "web" as const, orgId: "org_1", agentId: "agent_a" };
    const with11 = plannerOf({ env: { ELEVENLABS_API_KEY: "k" }, agents: { agent_a: { voice } } });
    expect(await with11(request)).toMatchObject({ plan: { voice: "v1" } });
    const without = await plannerOf({ agents: { agent_a: { voice } } })(request);
    expect(without.verdict === "answer" && without.plan.voice).toBeUndefined();
  });
});

test("what models may not read is in the plan: as the gate says for an agent that wants it", async () => {
  const hidden = { kinds: ["email"] as const, country: "GB" };
  const redactions = { of: async (_orgId: string, all: boolean) => (all ? hidden : undefined) };
  const planned = async (own: boolean) => {
    const agents = { agent_a: { privacy: { redactBeforeModel: own } } };
    const verdict = await plannerOf({ gates: { ...claimed, redactions }, agents })({ to: "+1", from: "+2" });
    return verdict.verdict === "answer" ? verdict.plan.redactBeforeModel : verdict.verdict;
  };
  expect(await planned(true)).toEqual(hidden);
  expect(await planned(false)).toBeUndefined();
});
