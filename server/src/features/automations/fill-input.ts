/** An automation's mapped fields, filled from a call and what was made of it. Pure. */
import type { AnalysisResult } from "@parley/contract/analysis";
import type { NewAutomation } from "@parley/contract/automations";
import type { CallSummary } from "../calls/index.ts";
import { fillJson, type Json, type Lookup, namesIn, textsOf } from "../tools/index.ts";

export interface Seen {
  readonly call: CallSummary;
  readonly result?: AnalysisResult;
}

/** Known while the call is still on. */
const duringNames = ["caller.phone", "call.id", "call.startedAt", "agent.name", "intent"];
const afterNames = ["summary", "outcome", "sentiment"];

export const callerPhoneOf = ({ direction, from, to }: CallSummary) => (direction === "outbound" ? to : from);

function lookupOf({ when }: NewAutomation, { call, result }: Seen): Lookup {
  const known: Record<string, string | undefined> = {
    "caller.phone": callerPhoneOf(call),
    "call.id": call.id,
    "call.startedAt": new Date(call.startedAtMs).toISOString(),
    "agent.name": call.agentName,
    intent: when.kind === "intent" ? when.name : undefined,
    summary: result?.summary,
    outcome: result?.outcome,
    sentiment: result?.sentiment ?? undefined,
  };
  return (name) => (name.startsWith("outcome.") ? (result?.fields[name.slice(8)] ?? undefined) : known[name]);
}

/** What is not known is left out, so that it counts as not given. */
export function fillInput(automation: NewAutomation, seen: Seen): Record<string, unknown> {
  const lookup = lookupOf(automation, seen);
  const filled = Object.entries(automation.input).map(
    ([name, value]) => [name, fillJson(value as Json, lookup)] as const,
  );
  return Object.fromEntries(filled.filter(([, value]) => value !== null && value !== ""));
}

/** Each begins with the field's name. */
export function faultsOfInput({ input, when }: Pick<NewAutomation, "input" | "when">): string[] {
  const names =
    when.kind === "intent" ? duringNames : [...duringNames.filter((name) => name !== "intent"), ...afterNames];
  const isKnown = (name: string) =>
    names.includes(name) || (when.kind === "outcome" && /^outcome\.[a-zA-Z][a-zA-Z0-9_]*$/.test(name));
  return textsOf(input as Json, "input").flatMap(({ path, text }) =>
    namesIn(text)
      .filter((name) => !isKnown(name))
      .map((name) => {
        const isLater = when.kind === "intent" && (afterNames.includes(name) || name.startsWith("outcome."));
        const mend = isLater ? "is known only after the call" : "is not known";
        return `${path}: {{${name}}} ${mend}. There are: ${names.join(", ")}${when.kind === "outcome" ? ", outcome.<field>" : ""}.`;
      }),
  );
}
