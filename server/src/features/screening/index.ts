export { mountScreeningRoutes } from "./screening.route.ts";
export { createScreening, type InboundVerdict, type Screening } from "./screening.ts";
