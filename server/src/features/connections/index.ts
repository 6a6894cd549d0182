export { mountConnectionRoutes } from "./connections.route.ts";
export { type CarrierAccount, type Connections, createConnections } from "./connections.store.ts";
export type { Probe } from "./probe.ts";
