/** What a model reads before the first word: the owner's instructions, what every agent is told, the facts. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { type BusinessFacts, formatBusinessFacts } from "@parley/contract/business-facts";
import { weeklySpans } from "../appointments/index.ts";
import { agentWords, emergencyNumberOf } from "./agent-words.ts";
import type { FillText } from "./fill-texts.ts";

const oneLine = (text: string) => text.replaceAll("`", "'").replace(/\s+/g, " ").trim();
const filled = (key: string, value: string) => (value === "" ? {} : { [key]: oneLine(value) });

/** The facts of the business, as the built-in desk and every model read them. */
export function businessFactsOf(config: AgentConfig): BusinessFacts {
  const { business, openingHours } = config;
  return {
    name: oneLine(business.name || config.name),
    timeZone: business.timeZone,
    hours: openingHours === undefined ? [] : weeklySpans(openingHours),
    services: business.services.map(({ name, otherWords, price, durationMinutes }) => ({
      name: oneLine(name),
      aliases: otherWords.map(oneLine),
      ...(price === undefined ? {} : { price: oneLine(price) }),
      ...(durationMinutes === undefined ? {} : { durationMinutes }),
    })),
    practitioners: business.people.map(oneLine),
    ...filled("address", business.address),
    ...filled("phone", business.phone),
    emergency: config.emergency.number ?? emergencyNumberOf(business.country),
  };
}

export function assembleInstructions(config: AgentConfig, fill: FillText, isClosed: boolean): string {
  const words = agentWords(config.language);
  const own = fill(config.instructions).trim();
  const lines = [own, words.whenAsked];
  if (config.otherLanguages.length > 0) lines.push(words.languages(config.otherLanguages.join(", ")));
  if (isClosed && config.afterHours.behaviour === "take-message") lines.push(words.closed);
  if (isClosed) lines.push(fill(config.afterHours.instructions).trim());
  const facts = config.business.facts.map((fact) => `- ${oneLine(fill(fact))}`);
  if (facts.length > 0) lines.push([words.facts, ...facts].join("\n"));
  const told = lines.filter((line) => line !== "").join("\n");
  // An owner who writes a block of facts by hand means it.
  if (/^```\s*(facts|business)/im.test(own)) return told;
  return `${told}\n\n${formatBusinessFacts(businessFactsOf(config))}`;
}
