export { mountInstallationRoutes } from "./installation.route.ts";
export { createInstallation, type Installation } from "./installation.ts";
