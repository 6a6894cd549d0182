/** What is asked of whom, in the vendors' words. */
import type { Connection, ConnectionVendor, OauthVendor } from "@parley/contract/connections";

export type OauthUse = Connection["uses"][number];

const google = "https://www.googleapis.com/auth/";

/** What each use cannot do without. Calendars are listed too, so that an owner can choose one. */
const needed: Readonly<Record<OauthVendor, Readonly<Partial<Record<OauthUse, readonly string[]>>>>> = {
  google: {
    calendar: [`${google}calendar.events`, `${google}calendar.readonly`],
    sheets: [`${google}spreadsheets`],
  },
  microsoft: { calendar: ["Calendars.ReadWrite"] },
};

const identity: Readonly<Record<OauthVendor, readonly string[]>> = {
  google: ["openid", "email"],
  microsoft: ["openid", "email", "profile", "offline_access"],
};

/** Undefined: the vendor has no such thing. */
export const scopesFor = (vendor: OauthVendor, use: OauthUse): readonly string[] | undefined => needed[vendor][use];

export const identityScopes = (vendor: OauthVendor): readonly string[] => identity[vendor];

/** Microsoft writes its own with or without the address of its service. */
const bare = (scope: string) => scope.replace(/^https:\/\/graph\.microsoft\.com\//, "").toLowerCase();

export function missingScopes(wanted: readonly string[], granted: readonly string[]): string[] {
  const held = new Set(granted.map(bare));
  return wanted.filter((scope) => !held.has(bare(scope)));
}

/** What an account may be used for with what was granted. */
export function usesOf(vendor: ConnectionVendor, granted: readonly string[]): OauthUse[] {
  if (vendor !== "google" && vendor !== "microsoft") return [];
  const uses: readonly OauthUse[] = ["calendar", "sheets"];
  return uses.filter((use) => {
    const scopes = scopesFor(vendor, use);
    return scopes !== undefined && missingScopes(scopes, granted).length === 0;
  });
}
