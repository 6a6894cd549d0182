export { forgetTracesOfCall } from "./call-traces.ts";
export { eraseUserAgain } from "./erase-user.ts";
export { createErasureLog } from "./erasure-log.ts";
export { removeArchivesOf } from "./export-archive.ts";
export { mountPrivacyRoutes } from "./privacy.route.ts";
export { createPrivacy, type Privacy } from "./privacy.ts";
export type { PersonalThings } from "./privacy-parts.ts";
export { readPolicy } from "./privacy-policy.ts";
export { removeSoundsOf } from "./remove-sounds.ts";
