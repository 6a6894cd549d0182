/** An agent's texts with its variables filled in for one call. */
import type { AgentConfig } from "@parley/contract/agent-config";
import { fillVariables, type KnownVariable } from "@parley/contract/agent-variables";
import { DateTime } from "luxon";
import { AppError } from "../../kernel/app-error.ts";
import { emergencyNumberOf } from "./agent-words.ts";

export interface CallFacts {
  readonly nowMs: number;
  readonly callerPhone?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What is missing or does not fit is refused with its name; otherwise its default stands in. */
  readonly strict: boolean;
}

export type FillText = (text: string) => string;

const fits: Readonly<Record<AgentConfig["variables"][number]["type"], (value: string) => boolean>> = {
  text: () => true,
  number: (value) => value.trim() !== "" && Number.isFinite(Number(value)),
  boolean: (value) => value === "true" || value === "false",
  date: (value) => DateTime.fromISO(value).isValid,
  phone: (value) => /^\+?[\d\s()-]{3,30}$/.test(value),
};

function refuse(name: string, mend: string): never {
  throw new AppError("bad_request", { publicMessage: `variables.${name}: ${mend}` });
}

function declaredValues(config: AgentConfig, { variables = {}, strict }: CallFacts): Record<string, string> {
  const declared = new Set(config.variables.map(({ name }) => name));
  const stranger = Object.keys(variables).find((name) => !declared.has(name));
  if (strict && stranger !== undefined) refuse(stranger, "this agent declares no such variable.");
  return Object.fromEntries(
    config.variables.map((variable) => {
      const value = Object.hasOwn(variables, variable.name) ? variables[variable.name] : undefined;
      if (value === undefined || value === "") {
        if (strict && variable.required && variable.default === "") refuse(variable.name, "must be given.");
        return [variable.name, variable.default];
      }
      if (fits[variable.type](value)) return [variable.name, value];
      if (strict) refuse(variable.name, `must be a ${variable.type}.`);
      return [variable.name, variable.default];
    }),
  );
}

function knownValues(config: AgentConfig, facts: CallFacts): Record<KnownVariable, string> {
  const { business, emergency, language } = config;
  const local = DateTime.fromMillis(facts.nowMs, { zone: business.timeZone }).setLocale(`${language}-u-nu-latn`);
  return {
    "agent.name": config.name,
    "business.name": business.name || config.name,
    "business.phone": business.phone,
    "business.address": business.address,
    "call.date": local.toLocaleString({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    "call.time": local.toLocaleString(DateTime.TIME_SIMPLE),
    "caller.phone": facts.callerPhone ?? "",
    "emergency.number": emergency.number ?? emergencyNumberOf(business.country),
  };
}

/** Throws AppError `bad_request` when `strict` and something does not fit. */
export function createTextFiller(config: AgentConfig, facts: CallFacts): FillText {
  const values = { ...declaredValues(config, facts), ...knownValues(config, facts) };
  return (text) => fillVariables(text, values);
}
