/** Tools as their owner sees them: listed with their forms, tried, checked. */
import type { NewHttpTool, ShownTool, ToolDetail } from "@parley/contract/tools";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { CustomTools } from "./custom-tools.ts";
import type { HttpToolConfig } from "./http-request/send-request.ts";
import type { WishRunner } from "./tool-runner.ts";
import { type Account, type Accounts, chooseAmong, readSettings, type StoredSettings } from "./tool-settings.ts";
import type { ShelvedTool, ToolShelf } from "./tool-shelf.ts";
import { settingsSchemaOf, specOf } from "./tool-spec.ts";

export interface ToolDeskParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly shelf: ToolShelf;
  readonly runner: WishRunner;
  readonly accounts: Accounts;
  readonly customTools: CustomTools;
}

interface Try {
  readonly orgId: string;
  readonly actor: Actor;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly settings: StoredSettings;
  readonly agentId?: string | undefined;
  readonly confirm: boolean;
  readonly signal: AbortSignal;
}

interface Tried {
  readonly status: "ok" | "failed" | "uncertain";
  readonly output: unknown;
  readonly message: string | null;
  readonly durationMs: number;
}

interface Probe {
  readonly orgId: string;
  readonly name: string;
  readonly settings: StoredSettings;
  readonly signal: AbortSignal;
}

interface Probed {
  readonly isUsable: boolean;
  readonly problem: string | null;
}

export interface ToolDesk {
  /** By name. */
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: ShownTool[]; nextCursor: string | null }>;
  /** Throws AppError `not_found`. */
  get(orgId: string, name: string): Promise<ToolDetail>;
  /** Throws AppError `not_found`, and `bad_request` for a write without `confirm`. */
  try(wish: Try): Promise<Tried>;
  /** Throws AppError `not_found`. */
  probe(wish: Probe): Promise<Probed>;
}

function problemOf(tool: ShelvedTool, accounts: readonly Account[]): string | null {
  if (tool.problem !== undefined) return tool.problem;
  const account = chooseAmong(accounts, tool, undefined);
  return account.ok ? null : account.problem;
}

function show(tool: ShelvedTool, accounts: readonly Account[]): ShownTool {
  const { name, title, kind, effect, needs = [], isOnByDefault, probe } = tool;
  const { description, inputSchema } = specOf(tool);
  const problem = problemOf(tool, accounts);
  return {
    ...{ name, title, description, kind, effect, isOnByDefault, problem },
    inputSchema: { ...inputSchema },
    settingsSchema: settingsSchemaOf(tool) ?? null,
    needs: [...needs],
    canProbe: probe !== undefined,
    isUsable: problem === null,
  };
}

function showRequest({ secretHeaders, signingSecret: _hidden, ...request }: HttpToolConfig) {
  return { ...(request as Omit<NewHttpTool, "name" | "secretHeaders">), secretHeaders: Object.keys(secretHeaders) };
}

const wordsOf = (error: unknown): string | undefined => {
  if (error instanceof AppError) return error.publicMessage;
  return error instanceof ProviderError
    ? (error.vendorMessage ?? "The vendor did not answer as it should.")
    : undefined;
};

export function createToolDesk(parts: ToolDeskParts): ToolDesk {
  const { db, clock, audit, shelf, runner, accounts } = parts;
  const require = async (orgId: string, name: string): Promise<ShelvedTool> => {
    const tool = await shelf.find(orgId, name);
    if (tool === undefined) throw new AppError("not_found", { publicMessage: "There is no such tool." });
    return tool;
  };
  return {
    async list(orgId, { limit, cursor = "" }) {
      const known = await accounts.of(orgId);
      const all = (await shelf.list(orgId)).filter(({ name }) => name > cursor);
      const inOrder = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const items = inOrder.slice(0, limit).map((tool) => show(tool, known));
      return { items, nextCursor: inOrder.length > limit ? (items.at(-1)?.name ?? null) : null };
    },
    async get(orgId, name) {
      const tool = await require(orgId, name);
      const config = tool.kind === "http" ? await parts.customTools.find(orgId, name) : undefined;
      return { ...show(tool, await accounts.of(orgId)), request: config === undefined ? null : showRequest(config) };
    },
    async try({ orgId, actor, name, input, settings, agentId, confirm, signal }) {
      const { effect } = await require(orgId, name);
      if (effect === "write") {
        if (!confirm)
          throw new AppError("bad_request", {
            publicMessage: "confirm: this tool changes something, really. Send true.",
          });
        await db.withOrg(orgId, (tx) => audit.append(tx, { orgId, actor, action: "tools.try", facts: { name } }));
      }
      const startedAtMs = clock.now();
      const idempotencyKey = newId("try", clock.wallNow());
      const call = { id: idempotencyKey, name, input };
      const outcome = await runner.run({ orgId, agentId: agentId ?? "", call, settings, idempotencyKey, signal });
      const durationMs = Math.round(clock.now() - startedAtMs);
      const { status } = outcome;
      if (outcome.status === "ok") return { status, output: outcome.output, message: null, durationMs };
      return { status, output: null, message: outcome.publicMessage, durationMs };
    },
    async probe({ orgId, name, settings: stored, signal }) {
      const tool = await require(orgId, name);
      const refuse = (problem: string) => ({ isUsable: false, problem });
      if (tool.problem !== undefined) return refuse(tool.problem);
      const settings = readSettings(tool, stored);
      if (!settings.ok) return refuse(settings.faults.join("; "));
      const account = chooseAmong(await accounts.of(orgId), tool, settings.connectionId);
      if (!account.ok) return refuse(account.problem);
      const { connectionId } = account;
      const work = { orgId, agentId: "", settings: settings.settings, signal };
      try {
        await tool.probe?.({ ...work, ...(connectionId === undefined ? {} : { connectionId }) });
        return { isUsable: true, problem: null };
      } catch (error) {
        const words = wordsOf(error);
        if (words === undefined) throw error;
        return refuse(words);
      }
    },
  };
}
