/** Runs tools: input and settings checked, the account found, writes done once for each idempotency key, whatever crashes or comes twice. */
import type { CallPlan } from "../../call/call-plan.ts";
import type { ToolOutcome, ToolRequest, ToolRunner } from "../../call/ports.ts";
import { DbError } from "../../platform/db/db-error.ts";
import { cannotReach, failed } from "./outcomes.ts";
import { runInDatabase } from "./run-in-database.ts";
import { type OutsideParts, type RunningDeeds, runOutside } from "./run-outside.ts";
import { outsideWayOf, type Tool, type ToolCallFacts, type ToolWork } from "./tool.ts";
import { type Accounts, chooseAccount, readSettings, type StoredSettings } from "./tool-settings.ts";
import type { ToolShelf } from "./tool-shelf.ts";

/** What is asked for; more than the engine knows. */
export interface ToolWish extends Omit<ToolRequest, "callId"> {
  readonly callId?: string;
  /** The owner's, as they were stored. */
  readonly settings?: StoredSettings;
  readonly facts?: ToolCallFacts;
}

export interface ToolRunnerOptions extends OutsideParts {
  readonly shelf: Pick<ToolShelf, "find" | "list">;
  readonly accounts: Accounts;
}

export interface WishRunner extends ToolRunner {
  /** Answers `failed` with a message that may be told to the caller; never throws. */
  run(wish: ToolWish): Promise<ToolOutcome>;
}

export function createToolRunner(options: ToolRunnerOptions): WishRunner {
  const running: RunningDeeds = new Map();
  return {
    async run(wish) {
      if (wish.signal.aborted) return failed("It was stopped before it began.");
      let tool: Tool | undefined;
      try {
        tool = await options.shelf.find(wish.orgId, wish.call.name);
        if (tool === undefined) return failed(await noSuchTool(options, wish.orgId));
        return await runTool(options, running, { tool, wish });
      } catch (error) {
        options.log("error", "a tool failed", {
          // A model may name anything.
          tool: tool?.name ?? "unknown",
          code: error instanceof DbError ? error.code : "other",
        });
        return cannotReach;
      }
    },
  };
}

/** What the plan knows of the call goes with each request of the engine. */
export function runnerForCall(runner: WishRunner, plan: CallPlan): ToolRunner {
  const { direction, language, contactId, from, to, toolSettings } = plan;
  const [callerPhone, ownPhone] = direction === "outbound" ? [to, from] : [from, to];
  const facts: ToolCallFacts = {
    ...{ direction, language },
    ...(callerPhone === undefined ? {} : { callerPhone }),
    ...(ownPhone === undefined ? {} : { ownPhone }),
    ...(contactId === undefined ? {} : { contactId }),
  };
  return {
    run: (request) =>
      runner.run({ ...request, facts, settings: toolSettings?.[request.agentId]?.[request.call.name] ?? {} }),
  };
}

async function noSuchTool({ shelf }: ToolRunnerOptions, orgId: string): Promise<string> {
  const names = (await shelf.list(orgId)).map(({ name }) => name);
  return `There is no tool of this name. There are: ${names.join(", ")}.`;
}

async function runTool(
  options: ToolRunnerOptions,
  running: RunningDeeds,
  { tool, wish }: { tool: Tool; wish: ToolWish },
): Promise<ToolOutcome> {
  const parsed = tool.input.safeParse(wish.call.input ?? {});
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
    return failed(faults.join("; "));
  }
  const settings = readSettings(tool, wish.settings ?? {});
  if (!settings.ok) return failed("This is not set up here. Offer to take a message.");
  const account = await chooseAccount(options.accounts, { orgId: wish.orgId, tool, wanted: settings.connectionId });
  if (!account.ok) return failed("This cannot be done right now. Offer to take a message.");
  const { orgId, agentId, callId, facts, idempotencyKey, signal } = wish;
  const work: ToolWork<unknown, unknown> = {
    ...{ orgId, agentId, input: parsed.data, settings: settings.settings, idempotencyKey, signal },
    ...(callId === undefined ? {} : { callId }),
    ...(facts === undefined ? {} : { call: facts }),
    ...(account.connectionId === undefined ? {} : { connectionId: account.connectionId }),
  };
  const { deed } = tool;
  const outside = outsideWayOf(deed);
  if (deed.where === "database" && (outside === undefined || (await deed.outside?.isNeeded(work)) !== true)) {
    return await runInDatabase(options, { tool, deed, work });
  }
  if (outside === undefined) return cannotReach;
  return await runOutside(options, running, { tool, deed: outside, work });
}
