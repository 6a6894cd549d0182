export { mountScreeningRoutes } from "./screening.route.ts";
export { createScreening, isReachable, type Screening } from "./screening.ts";
