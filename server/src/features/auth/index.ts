export { mountAccountRoutes } from "./account.route.ts";
export { type AuthRouteParts, deviceOf, mountAuthRoutes } from "./auth.route.ts";
export { type Auth, createAuth } from "./create-auth.ts";
export { ensureDemoPerson } from "./demo-person.ts";
export { prepareInvitedAccount } from "./invited-account.ts";
export { createPeople } from "./people.ts";
export { readCookie } from "./session-cookies.ts";
