export { listAccounts } from "./accounts.ts";
export type { Connections } from "./connection-parts.ts";
export { mountConnectionRoutes } from "./connections.route.ts";
export { createConnections } from "./connections.store.ts";
export { openAccount } from "./open-account.ts";
export type { Probe } from "./probe.ts";
export type { StoredSecrets } from "./sealed-connection.ts";
