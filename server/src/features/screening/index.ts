export { mountScreeningRoutes } from "./screening.route.ts";
export { createScreening, type Screening } from "./screening.ts";
