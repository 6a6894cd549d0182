export { mountCalendarRoutes } from "./calendars.route.ts";
export { type Calendars, createCalendars } from "./calendars.ts";
export { canWriteThere } from "./can-write-there.ts";
export { type KnownCalendar, readCalendar, readCalendars } from "./known-calendars.ts";
export { busyOutside, followLink, isLinked } from "./sync/busy-cache.ts";
export { registerSyncJobs } from "./sync/sync.job.ts";
export { syncCalendar } from "./sync/sync-calendar.ts";
export type { FollowingAppointments, StandingAppointment } from "./sync/sync-parts.ts";
export { mountCalendarPushRoutes } from "./sync/watch-calendar.ts";
