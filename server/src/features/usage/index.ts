export type { UsageEntry } from "./enter-usage.ts";
export { lockUsage } from "./enter-usage.ts";
export { divideRounded, microsOf, microsToText, multiplyRounded, toSafeNumber } from "./money.ts";
export { mountUsageRoutes } from "./usage.route.ts";
export { createUsage, type Usage } from "./usage.ts";
export { sumCosts } from "./usage-lines.ts";
export { createUsageMeter, type UsageMeter } from "./usage-meter.ts";
