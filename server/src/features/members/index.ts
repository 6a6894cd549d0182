export type { PeopleOfMembers } from "./member-parts.ts";
export { mountMemberRoutes } from "./members.route.ts";
export { createMembership, type Membership } from "./membership.ts";
