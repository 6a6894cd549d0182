export { type CallAdmissions, createCallAdmissions } from "./admit-call.ts";
export { eraseOrganizationAgain, finishErasures } from "./erase-organization.ts";
export { memberships } from "./memberships.table.ts";
export { readPlace } from "./organization-place.ts";
export { createOrganizationSettings, type OrganizationSettings } from "./organization-settings.ts";
export { mountOrganizationRoutes } from "./organizations.route.ts";
export { createOrganizations, type NewOrganization, type Organizations } from "./organizations.store.ts";
export { organizations as organizationsTable } from "./organizations.table.ts";
export { createStandings, type OrganizationLimits, type Standings } from "./standings.ts";

/** The organisation that answers in the embedded shape until somebody signs up. */
export const demoOrganization = { orgId: "org_demo", name: "Bright Smile Dental" } as const;
