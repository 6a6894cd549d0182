export { readDialReport, readStatusReport } from "./carrier-reports.ts";
export { createNumberRouter, type NumberRouter } from "./number-router.ts";
export { createOutboundCalls, type OutboundCalls } from "./outbound-calls.ts";
export type { OutboundAgent, OutboundWish, PlacedOrder } from "./outbound-parts.ts";
export { scheduleNumberChecks } from "./phone-numbers.job.ts";
export { mountOutboundRoutes, mountPhoneNumberRoutes } from "./phone-numbers.route.ts";
export { hasNumbersOn, isAgentRouted } from "./phone-numbers.store.ts";
export { createPhoneNumbers, type PhoneNumbers } from "./phone-numbers.ts";
export { createNumberHash } from "./sealed-number.ts";
