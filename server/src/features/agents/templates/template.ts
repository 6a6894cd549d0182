import type { AgentTemplate } from "@parley/contract/agent";
import { type AgentConfigInput, agentConfig } from "@parley/contract/agent-config";

/** A template is an agent's configuration with a word about whom it is for. Throws when it is not valid. */
export function defineTemplate(template: {
  readonly id: string;
  readonly description: string;
  readonly config: AgentConfigInput;
}): AgentTemplate {
  const config = agentConfig.parse(template.config);
  return { ...template, name: config.name, language: config.language, config };
}

/** What a caller in danger says in English, whatever the business. */
export const englishEmergencyWords = [
  "can't breathe",
  "cannot breathe",
  "trouble breathing",
  "chest pain",
  "heart attack",
  "having a stroke",
  "unconscious",
  "passed out",
  "not breathing",
  "won't stop bleeding",
  "bleeding heavily",
  "kill myself",
  "suicide",
  "overdose",
  "there's a fire",
  "i'm in danger",
  "call an ambulance",
  "call the police",
] as const;

export const englishEmergencySay =
  "This sounds like an emergency. Please call {{emergency.number}} right now, or have someone near you call.";

/** Mornings and afternoons of the ordinary week. */
export function weekOf(
  days: readonly ("monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday")[],
  opens: string,
  closes: string,
) {
  return Object.fromEntries(days.map((day) => [day, [{ opens, closes }]]));
}

export const workdays = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;

/** What every agent on a telephone does, in the owner's words. */
export const telephoneManners = [
  "Speak in short, natural sentences. No lists, no markdown, one question at a time.",
  "Read back names, numbers, dates and times before you act on them.",
  "Answer only from the facts you were given. When you do not know, say so and take a message.",
].join("\n");
