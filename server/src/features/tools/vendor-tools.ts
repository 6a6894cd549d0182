/** The tools that reach vendors. None is on before an owner says so. */
import type { Clock } from "../../kernel/clock.ts";
import { upsertCrmContact } from "./crm/upsert-crm-contact.ts";
import { appendSheetRow } from "./sheets/append-sheet-row.ts";
import { updateSheetRow } from "./sheets/update-sheet-row.ts";
import type { Tool } from "./tool.ts";
import type { VendorAccounts } from "./vendor-accounts.ts";
import { webSearch } from "./web-search/web-search.ts";

export interface VendorToolParts {
  readonly accounts: VendorAccounts;
  readonly clock: Pick<Clock, "wallNow">;
}

export const createVendorTools = (parts: VendorToolParts): readonly Tool[] => [
  webSearch(parts.accounts),
  appendSheetRow(parts),
  updateSheetRow(parts),
  upsertCrmContact(parts.accounts),
];
