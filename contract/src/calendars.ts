/** Calendars: what can be booked. The business itself, somebody who works there, a room. */
import { z } from "zod";
import { openingHours } from "./agent-parts.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const isTimeZone = (name: string) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** What is absent is as the agent has it. */
export const calendarSettings = z.strictObject({
  timeZone: z.string().max(60).refine(isTimeZone, "must be a zone such as Europe/London").optional(),
  openingHours: openingHours.optional().describe("When it can be booked, with its own holidays."),
  services: z
    .array(z.string().trim().min(1).max(120))
    .max(200)
    .optional()
    .describe("Names of services done here. Absent: all of them; of a room: none needs it."),
  slotEveryMinutes: z.int().min(5).max(240).optional(),
  noticeMinutes: z.int().min(0).max(10_080).optional(),
  daysAhead: z.int().min(1).max(365).optional(),
  whenUnreachable: z
    .enum(["provisional", "message"])
    .optional()
    .describe(
      "When the linked calendar cannot be reached: the time is held and the caller is told that a confirmation follows, or a message is taken. Absent: provisional.",
    ),
});
export type CalendarSettings = z.output<typeof calendarSettings>;

const link = z.strictObject({
  connectionId: idParams.shape.id,
  externalCalendarId: z.string().min(1).max(500).describe("As the connection's list of calendars names it."),
});
export type CalendarLink = z.output<typeof link>;

const kind = z.enum(["business", "person", "room"]);
const name = z.string().trim().min(1, "must not be empty").max(120);

const calendar = z.object({
  id: z.string(),
  kind,
  name: z.string(),
  settings: calendarSettings,
  link: link.nullable(),
  isActive: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Calendar = z.output<typeof calendar>;

const newCalendar = z.strictObject({
  kind,
  name: name.describe("As callers say it: `Dr Mona`, `Chair 2`."),
  settings: calendarSettings.prefault({}),
  link: link.nullable().default(null).describe("A calendar of somebody else's that it is kept in step with."),
});
export type NewCalendar = z.output<typeof newCalendar>;

const calendarChange = z.strictObject({
  name: name.optional(),
  settings: calendarSettings.optional().describe("Replaces them whole."),
  link: link.nullable().optional().describe("Coming appointments are written to the new one."),
  isActive: z.boolean().optional().describe("False: nothing new can be booked; what is booked stays."),
});
export type CalendarChange = z.output<typeof calendarChange>;

export const listCalendars = defineRoute({
  id: "calendars.list",
  summary: "What can be booked, oldest first; empty while the organisation has one implied calendar",
  method: "GET",
  path: "/api/v1/calendars",
  permission: "calendars:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(calendar) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const createCalendar = defineRoute({
  id: "calendars.create",
  summary: "A new calendar; the first that is no room takes over the appointments made before there was any",
  method: "POST",
  path: "/api/v1/calendars",
  permission: "calendars:write",
  body: newCalendar,
  response: { status: 201, schema: calendar },
  errors: ["bad_request", "unauthorized", "forbidden", "conflict"],
});

export const getCalendar = defineRoute({
  id: "calendars.get",
  summary: "One calendar",
  method: "GET",
  path: "/api/v1/calendars/:id",
  permission: "calendars:read",
  params: idParams,
  response: { status: 200, schema: calendar },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const changeCalendar = defineRoute({
  id: "calendars.change",
  summary: "Changes what is given",
  method: "PATCH",
  path: "/api/v1/calendars/:id",
  permission: "calendars:write",
  params: idParams,
  body: calendarChange,
  response: { status: 200, schema: calendar },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const deleteCalendar = defineRoute({
  id: "calendars.delete",
  summary: "Removes a calendar; one with coming appointments is a conflict",
  method: "DELETE",
  path: "/api/v1/calendars/:id",
  permission: "calendars:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});
