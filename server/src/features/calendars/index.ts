export { mountCalendarRoutes } from "./calendars.route.ts";
export { type CalendarFollowers, type Calendars, createCalendars } from "./calendars.ts";
export { type KnownCalendar, readCalendar, readCalendars } from "./known-calendars.ts";
