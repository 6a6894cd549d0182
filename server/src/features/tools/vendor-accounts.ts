/** What tools that reach vendors get of the organisation's accounts: the vendor behind a port, opened with that account's secrets. */
import type { Crm } from "./crm.port.ts";
import type { Sheets } from "./sheets.port.ts";
import type { WebSearch } from "./web-search.port.ts";

export interface AccountOf {
  readonly orgId: string;
  readonly connectionId: string;
  readonly signal: AbortSignal;
}

export interface CrmChoices {
  readonly externalIdField?: string | undefined;
  readonly allowsDuplicates?: boolean | undefined;
}

/** Vendors' code is loaded with the first question. All throw AppError `not_found` for an account that is gone, ProviderError otherwise. */
export interface VendorAccounts {
  webSearch(of: AccountOf): Promise<WebSearch>;
  sheets(of: AccountOf): Promise<Sheets>;
  crm(of: AccountOf, choices: CrmChoices): Promise<Crm>;
}

/** The runner gives no work without an account to a tool that needs one. */
export function accountOf(work: {
  readonly orgId: string;
  readonly connectionId?: string;
  readonly signal: AbortSignal;
}): AccountOf {
  const { orgId, connectionId, signal } = work;
  if (connectionId === undefined) throw new Error("a tool that needs an account was run without one");
  return { orgId, connectionId, signal };
}
