/**
 * What a signed-in party may do. A route names one permission; a role holds several, an API key holds some of its maker's.
 * `system:read` tells what the installation can do; the installation's own administration is no permission of an organisation.
 */
export const permissions = [
  "system:read",
  "organization:read",
  "organization:write",
  "members:read",
  "members:write",
  "api-keys:read",
  "api-keys:write",
  "agents:read",
  "agents:write",
  "phone-numbers:read",
  "phone-numbers:write",
  "connections:read",
  "connections:write",
  "contacts:read",
  "contacts:write",
  "knowledge:read",
  "knowledge:write",
  "calendars:read",
  "calendars:write",
  "appointments:read",
  "appointments:write",
  "calls:read",
  "calls:write",
  "calls:delete",
  "recordings:read",
  "webhooks:read",
  "webhooks:write",
  "usage:read",
  "billing:write",
  "audit:read",
  "privacy:read",
  "privacy:write",
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ["owner", "admin", "operator", "viewer"] as const;
export type Role = (typeof roles)[number];

const viewer = [
  "system:read",
  "organization:read",
  "agents:read",
  "phone-numbers:read",
  "contacts:read",
  "knowledge:read",
  "calendars:read",
  "appointments:read",
  "calls:read",
  "usage:read",
] as const satisfies readonly Permission[];

const operator = [
  ...viewer,
  "members:read",
  "contacts:write",
  "appointments:write",
  "calls:write",
  "recordings:read",
] as const satisfies readonly Permission[];

/** An owner alone changes what is billed, erases people and gives the organisation away. */
const admin = permissions.filter((permission) => !["billing:write", "privacy:write"].includes(permission));

/** Each role has what the ones below it have. */
export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions,
  admin,
  operator,
  viewer,
};
