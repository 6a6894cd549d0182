export { memberships } from "./memberships.table.ts";
export { createOrganizations, type Organizations } from "./organizations.store.ts";
export { createStandings, type Standings } from "./standings.ts";

/** The organisation that answers in the embedded shape until somebody signs up. */
export const demoOrganization = { orgId: "org_demo", name: "Bright Smile Dental" } as const;
