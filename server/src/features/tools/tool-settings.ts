/** An owner's settings of a tool for one agent, and the account it works with. */
import type { ConnectionVendor } from "@parley/contract/connections";
import type { Tool } from "./tool.ts";

/** As they are stored: the tool's own, and `connectionId` where it needs an account. */
export type StoredSettings = Readonly<Record<string, unknown>>;

export interface Account {
  readonly connectionId: string;
  readonly vendor: ConnectionVendor;
  readonly isConnected: boolean;
}

export interface Accounts {
  /** The organisation's, oldest first. Opens its own transaction. */
  of(orgId: string): Promise<readonly Account[]>;
}

export type ReadSettings =
  | { readonly ok: true; readonly settings: unknown; readonly connectionId: string | undefined }
  /** Each begins with the field's name. */
  | { readonly ok: false; readonly faults: readonly string[] };

export function readSettings(tool: Pick<Tool, "settings" | "needs">, stored: StoredSettings): ReadSettings {
  const { connectionId, ...own } = stored;
  const faults: string[] = [];
  if (connectionId !== undefined && (tool.needs === undefined || typeof connectionId !== "string"))
    faults.push(
      tool.needs === undefined ? "connectionId: this tool needs no account." : "connectionId: must be an id.",
    );
  if (tool.settings === undefined) {
    faults.push(...Object.keys(own).map((name) => `${name}: this tool has nothing of this name to set.`));
    if (faults.length > 0) return { ok: false, faults };
  }
  const parsed = tool.settings?.safeParse(own);
  if (parsed?.success === false)
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join(".") || "settings"}: ${issue.message}`));
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, settings: parsed?.data ?? {}, connectionId: connectionId as string | undefined };
}

export type ChosenAccount =
  | { readonly ok: true; readonly connectionId: string | undefined }
  /** For the owner. */
  | { readonly ok: false; readonly problem: string };

/** The wanted account, else the first one that works. */
export function chooseAmong(
  accounts: readonly Account[],
  { needs }: Pick<Tool, "needs">,
  wanted: string | undefined,
): ChosenAccount {
  if (needs === undefined) return { ok: true, connectionId: undefined };
  const fitting = accounts.filter(({ vendor }) => needs.includes(vendor));
  const vendors = needs.join(", ");
  const refused = "Its account was refused by the vendor. Renew its secrets.";
  if (wanted !== undefined) {
    const account = fitting.find(({ connectionId }) => connectionId === wanted);
    if (account === undefined) return { ok: false, problem: `Its account is gone. Choose another one of: ${vendors}.` };
    return account.isConnected ? { ok: true, connectionId: wanted } : { ok: false, problem: refused };
  }
  const working = fitting.find(({ isConnected }) => isConnected);
  if (working !== undefined) return { ok: true, connectionId: working.connectionId };
  const problem = fitting.length > 0 ? refused : `It needs an account. Connect one of: ${vendors}.`;
  return { ok: false, problem };
}

/** Without a question where the tool needs none. */
export async function chooseAccount(
  accounts: Accounts,
  { orgId, tool, wanted }: { orgId: string; tool: Pick<Tool, "needs">; wanted: string | undefined },
): Promise<ChosenAccount> {
  return chooseAmong(tool.needs === undefined ? [] : await accounts.of(orgId), tool, wanted);
}
