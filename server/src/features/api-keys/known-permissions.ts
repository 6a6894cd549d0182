import { type Permission, permissions } from "@parley/contract/permission";

const known: ReadonlySet<string> = new Set(permissions);

/** A stored permission that this version does not know is no permission. */
export function isPermission(text: string): text is Permission {
  return known.has(text);
}
