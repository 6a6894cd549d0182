/** The two practices of the demo organisation, made from the templates. Each agent books for its own practice. */
import type { AgentConfig, AgentConfigInput } from "@parley/contract/agent-config";
import { weekdays } from "@parley/contract/agent-parts";
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import type { SeedAgent } from "./runnable-agents.ts";
import { dentalReceptionist } from "./templates/dental-receptionist.ts";
import { egyptianHotline } from "./templates/egyptian-hotline.ts";

function toConfig(demo: DemoBusiness, { config }: { config: AgentConfig }, country: string): AgentConfigInput {
  const { facts } = demo;
  const weekly = weekdays.map((name, index) => [name, facts.hours.filter(({ weekday }) => weekday === index + 1)]);
  return {
    ...config,
    ...{ name: demo.agentName, language: demo.language, greeting: demo.greeting, keyterms: [...demo.keyterms] },
    // The facts are the configuration's own: the block written by hand goes.
    instructions: demo.instructions.replace(/\n*```facts[\s\S]*?```\s*/, "").trim(),
    business: {
      ...{ name: facts.name, timeZone: demo.timeZone, country, address: facts.address, phone: facts.phone },
      services: facts.services.map(({ aliases, ...service }) => ({ ...service, otherWords: aliases })),
      people: facts.practitioners,
    },
    openingHours: {
      weekly: Object.fromEntries(
        weekly.map(([name, spans]) => [
          name,
          (spans as DemoBusiness["facts"]["hours"]).map(({ opens, closes }) => ({ opens, closes })),
        ]),
      ),
    },
    afterHours: {},
    emergency: { ...config.emergency, ...(facts.emergency === undefined ? {} : { number: facts.emergency }) },
    // Short, as the trial's callers know it; asked, they say what they are.
    aiDisclosure: { when: "when-asked" },
  };
}

export const demoAgents: readonly SeedAgent[] = [
  { id: "agent_demo", config: toConfig(brightSmileEnglish, dentalReceptionist, "US"), note: "Demo" },
  { id: "agent_demo_ar", config: toConfig(brightSmileArabic, egyptianHotline, "EG"), note: "Demo" },
];
