/** From a wish to call to the frozen plan and its providers: number, gates, agent, variables. */
import type { CallPlan } from "../call/call-plan.ts";
import { chooseProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import type { ApiParts, PlanRequest, PlanVerdict } from "../entry/http/api-parts.ts";
import type { ProviderChain } from "../entry/process-messages.ts";
import { type Agents, compilePlan, type RunnableAgent, spokenLanguage } from "../features/agents/index.ts";
import { demoOrganization } from "../features/organizations/index.ts";
import { toolSpecs } from "../features/tools/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { newId } from "../platform/db/new-id.ts";
import { resumePlan, withoutTransfers } from "./after-transfer.ts";
import { agentProviders } from "./agent-providers.ts";
import type { CallGates, NumberRoute } from "./call-gates.ts";
import type { PlanTools } from "./plan-tools.ts";

export interface CallPlannerParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly agents: Pick<Agents, "findRunnable" | "findOthers">;
  readonly gates: CallGates;
  /** Absent: agents have what every agent has. */
  readonly planTools?: PlanTools;
}

/** Who answers, once a number or the asking organisation has said so. */
interface Destination {
  readonly orgId: string;
  readonly agent: RunnableAgent;
  readonly variant?: string;
}

const unclaimed = { verdict: "unclaimed" } as const;

/** The trial has no numbers of its own: any one reaches the demo, and an Egyptian caller the practice in Cairo. */
const demoRoute = (from: string | undefined): NumberRoute => ({
  orgId: demoOrganization.orgId,
  agentId: from?.startsWith("+20") === true ? "agent_demo_ar" : "agent_demo",
});

async function routePhone(parts: CallPlannerParts, { from, to }: PlanRequest): Promise<NumberRoute | undefined> {
  const route = to === undefined ? undefined : await parts.gates.numbers.routeOf(to, parts.clock.wallNow());
  return route ?? (parts.config.embedded ? demoRoute(from) : undefined);
}

async function findDestination(parts: CallPlannerParts, request: PlanRequest): Promise<Destination | undefined> {
  const { agentId, version, language, afterTransfer } = request;
  const isCalledIn = request.channel === "phone" && request.direction !== "outbound";
  const route = afterTransfer ?? (isCalledIn ? await routePhone(parts, request) : undefined);
  if (isCalledIn && route === undefined) return undefined;
  const orgId = route?.orgId ?? request.orgId;
  if (orgId === undefined) return undefined;
  const wanted = route ?? {
    ...(agentId === undefined ? {} : { agentId }),
    ...(version === undefined ? {} : { version }),
    ...(language === undefined ? {} : { language }),
  };
  const found = await parts.agents.findRunnable(orgId, wanted);
  if (found === undefined) return undefined;
  const agent = afterTransfer === undefined ? found : withoutTransfers(found);
  return { orgId, agent, ...(route?.variant === undefined ? {} : { variant: route.variant }) };
}

async function passGates(parts: CallPlannerParts, request: PlanRequest, { orgId, agent }: Destination) {
  const { gates, clock } = parts;
  // It is the same call, which passed them.
  if (request.afterTransfer !== undefined) return { verdict: "allow" } as const;
  const atMs = clock.wallNow();
  const { channel, from, to } = request;
  const admitted = await gates.admission.admit({
    ...{ orgId, channel, language: agent.config.language, atMs },
    ...(request.isInquiry === true ? { isInquiry: true } : {}),
  });
  if (admitted.verdict === "refuse" || channel !== "phone") return admitted;
  return await gates.screening.screen({
    ...{ orgId, agent, direction: request.direction ?? "inbound", atMs },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
}

const otherEndOf = ({ direction, from, to }: PlanRequest) => (direction === "outbound" ? to : from);

type Facts = Readonly<Record<string, string>>;

/** What is known of whoever is at the other end. */
async function factsOf({ gates }: CallPlannerParts, request: PlanRequest, orgId: string): Promise<Facts> {
  const phone = otherEndOf(request);
  return request.channel !== "phone" || phone === undefined ? {} : await gates.callers.variablesOf({ orgId, phone });
}

/** The caller's own facts stand behind what was given with the request. */
function variablesOf(facts: Facts, { variables }: PlanRequest, { config }: RunnableAgent): Facts {
  const declared = new Set(config.variables.map(({ name }) => name));
  const own = Object.entries(facts).filter(([name]) => declared.has(name));
  return { ...Object.fromEntries(own), ...variables };
}

/** Only a telephone tells who is on it. */
async function withContext(
  parts: CallPlannerParts,
  request: PlanRequest,
  { agent, plan, variant }: { agent: RunnableAgent; plan: CallPlan; variant?: string },
) {
  if (request.channel !== "phone") return plan;
  const phone = otherEndOf(request);
  const { orgId, direction } = plan;
  const call = { orgId, agent, direction, ...(phone === undefined ? {} : { phone }) };
  const { notes, ...known } = await parts.gates.callers.contextOf(call);
  const told = { ...plan, ...known, instructions: [plan.instructions, ...notes].join("\n\n") };
  const arm = variant === undefined ? told : { ...told, variant };
  const { afterTransfer } = request;
  return afterTransfer === undefined ? arm : resumePlan(arm, afterTransfer.isEmergency);
}

/** Without an agent named, a language nobody speaks falls back to the agent's own. A caller we know is met in theirs. */
function languageFor(request: PlanRequest, { config }: RunnableAgent, facts: Facts): { language?: string } {
  const { agentId, language, direction } = request;
  const known = direction === "outbound" ? undefined : facts["contact.language"];
  const wished = language ?? known;
  if (wished === undefined) return {};
  const isBinding = language !== undefined && agentId !== undefined;
  return !isBinding && spokenLanguage(config, wished) === undefined ? {} : { language: wished };
}

/** Voices are named by the vendor that speaks first: no other knows the name. */
function voiceOf({ tts }: ProviderChain): { voice?: string } {
  const voice = tts[0]?.options["voiceId"];
  return typeof voice === "string" ? { voice } : {};
}

function installedVoice(config: Config): { voiceVendor?: string } {
  const [first] = chooseProviders(config, "en-US").tts;
  return first === undefined ? {} : { voiceVendor: first.provider };
}

/** One agent of those that may take the call is enough: it is one conversation. */
async function hiddenFromModel({ gates }: CallPlannerParts, orgId: string, agents: readonly RunnableAgent[]) {
  const all = agents.some(({ config }) => config.privacy.redactBeforeModel);
  const redactBeforeModel = await gates.redactions.of(orgId, all);
  return redactBeforeModel === undefined ? {} : { redactBeforeModel };
}

export function createCallPlanner(parts: CallPlannerParts): ApiParts["planCall"] {
  const { config, clock, agents, gates } = parts;
  return async (request): Promise<PlanVerdict> => {
    const destination = await findDestination(parts, request);
    if (destination === undefined) return unclaimed;
    const { orgId, agent } = destination;
    const gate = await passGates(parts, request, destination);
    if (gate.verdict === "refuse") return gate;
    const { from, to } = request;
    const otherEnd = otherEndOf(request);
    const facts = await factsOf(parts, request, orgId);
    const handsTo = agent.config.handoffs.map(({ agentId }) => agentId);
    const others = await agents.findOthers(orgId, handsTo);
    const planned = await parts.planTools?.(orgId, [agent, ...others]);
    const compiled = compilePlan({
      ...{ orgId, agent, tools: toolSpecs, direction: request.direction ?? "inbound", nowMs: clock.wallNow() },
      callId: request.callId ?? newId("call", clock.wallNow()),
      others,
      ...planned,
      variables: variablesOf(facts, request, agent),
      // A caller on the line is never refused for a variable; whoever asks for a call to be placed is.
      strict: request.channel !== "phone" || request.isInquiry === true,
      canStartEarly: config.preemptiveGeneration,
      ...installedVoice(config),
      ...languageFor(request, agent, facts),
      ...(from === undefined ? {} : { from }),
      ...(otherEnd === undefined ? {} : { callerPhone: otherEnd }),
      ...(to === undefined ? {} : { to }),
    });
    if (compiled.verdict === "closed") {
      const { words, language } = compiled;
      return { verdict: "refuse", reason: "closed", words, language };
    }
    if (request.isInquiry !== true) gates.admission.expect(orgId, compiled.plan.callId);
    const { language } = compiled.plan;
    const installed = chooseProviders(config, language);
    const providers = await agentProviders({
      config,
      installed,
      agent: agent.config,
      language,
      orgId,
      keys: gates.keys,
    });
    const plan = await withContext(parts, request, { ...destination, plan: compiled.plan });
    const hidden = await hiddenFromModel(parts, orgId, [agent, ...others]);
    return { verdict: "answer", plan: { ...plan, ...voiceOf(providers), ...hidden }, providers };
  };
}
