/** Which tools an agent has in a call, and which of those its owner wants cannot be used now. */
import type { ToolSpec } from "../../call/ports.ts";
import type { Tool } from "./tool.ts";
import { type Account, type Accounts, chooseAmong, readSettings, type StoredSettings } from "./tool-settings.ts";
import type { ShelvedTool, ToolShelf } from "./tool-shelf.ts";
import { specOf } from "./tool-spec.ts";

/** Of an agent's configuration. */
export interface ToolChoice {
  /** By name: on or off. */
  readonly tools: Readonly<Record<string, boolean>>;
  readonly toolSettings: Readonly<Record<string, StoredSettings>>;
}

export interface ToolOffer {
  /** What the owner said yes to, beside what every agent has. */
  readonly specs: readonly ToolSpec[];
  readonly leftOut: readonly { readonly name: string; readonly problem: string }[];
}

export interface OfferParts {
  readonly shelf: ToolShelf;
  readonly accounts: Accounts;
}

const nothing: ToolOffer = { specs: [], leftOut: [] };

function offerOne(
  tool: ShelvedTool | undefined,
  stored: StoredSettings,
  accounts: readonly Account[],
): ToolSpec | string {
  if (tool === undefined) return "There is no such tool any more.";
  if (tool.problem !== undefined) return tool.problem;
  const settings = readSettings(tool, stored);
  if (!settings.ok) return settings.faults.join("; ");
  const account = chooseAmong(accounts, tool, settings.connectionId);
  return account.ok ? specOf(tool, settings.settings) : account.problem;
}

/** Asks nothing of the database for agents that have what every agent has. Opens its own transactions. */
export async function offerTools(
  { shelf, accounts }: OfferParts,
  orgId: string,
  choices: readonly ToolChoice[],
): Promise<readonly ToolOffer[]> {
  const always = new Set(shelf.builtIn.filter(({ isOnByDefault }) => isOnByDefault).map(({ name }) => name));
  // It comes with the intents, or not at all.
  always.add("note_intent");
  const wanted = choices.map(({ tools }) =>
    Object.keys(tools).filter((name) => tools[name] === true && !always.has(name)),
  );
  if (wanted.every((names) => names.length === 0)) return choices.map(() => nothing);
  const [all, known] = await Promise.all([shelf.list(orgId), accounts.of(orgId)]);
  return choices.map(({ toolSettings }, index) => {
    const specs: ToolSpec[] = [];
    const leftOut: { name: string; problem: string }[] = [];
    for (const name of wanted[index] ?? []) {
      const found = all.find((tool) => tool.name === name);
      const offered = offerOne(found, toolSettings[name] ?? {}, known);
      if (typeof offered === "string") leftOut.push({ name, problem: offered });
      else specs.push(offered);
    }
    return { specs, leftOut };
  });
}

/** By name: what is wrong with settings of it. */
export const faultsByTool = (tools: readonly Tool[]) =>
  new Map(
    tools.map((tool) => [
      tool.name,
      (stored: StoredSettings): readonly string[] => {
        const settings = readSettings(tool, stored);
        return settings.ok ? [] : settings.faults;
      },
    ]),
  );
