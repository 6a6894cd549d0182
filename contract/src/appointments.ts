/** Appointments: who comes when, for what, to whom. */
import { z } from "zod";
import { languageTag } from "./agent-parts.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const id = idParams.shape.id;
const instant = z.iso.datetime({ offset: true });

const appointment = z.object({
  id: z.string(),
  /** `held`: asked for at a linked calendar that has not answered yet. */
  status: z.enum(["held", "active", "cancelled"]),
  service: z.string(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  bufferBeforeMinutes: z.int(),
  bufferAfterMinutes: z.int(),
  /** Null: the organisation has one implied calendar. */
  calendarId: z.string().nullable(),
  roomId: z.string().nullable(),
  callId: z.string().nullable(),
  contactId: z.string().nullable(),
  language: z.string().nullable(),
  /** Null when they were erased. */
  name: z.string().nullable(),
  phone: z.string().nullable(),
  note: z.string().nullable(),
  /** The linked calendar: `pending` is still to be written there, `conflict` was moved there onto another one. */
  sync: z.enum(["none", "writing", "pending", "synced", "removing", "conflict"]),
  confirmedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type AppointmentView = z.output<typeof appointment>;

export const listAppointments = defineRoute({
  id: "appointments.list",
  summary: "Appointments of a range, by their start",
  method: "GET",
  path: "/api/v1/appointments",
  permission: "appointments:read",
  query: pageQuery.extend({
    from: instant.optional().describe("Those that end after it."),
    until: instant.optional().describe("Those that start before it."),
    calendarId: id.optional(),
    status: z.enum(["held", "active", "cancelled"]).optional().describe("Absent: held and active ones."),
  }),
  response: { status: 200, schema: pageOf(appointment) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const createAppointment = defineRoute({
  id: "appointments.create",
  summary: "Books by hand: any hours, never onto another one; a linked calendar is written to within a minute",
  method: "POST",
  path: "/api/v1/appointments",
  permission: "appointments:write",
  body: z.strictObject({
    calendarId: id.optional().describe("Needed where the organisation has several."),
    roomId: id.optional(),
    service: z.string().trim().min(1).max(120),
    startsAt: instant,
    durationMinutes: z.int().min(5).max(1440).default(30),
    bufferBeforeMinutes: z.int().min(0).max(240).default(0),
    bufferAfterMinutes: z.int().min(0).max(240).default(0),
    name: z.string().trim().min(1).max(200),
    phone: z.string().trim().min(3).max(40),
    note: z.string().trim().max(2000).optional(),
    language: languageTag.optional().describe("What the person is written to in."),
  }),
  response: { status: 201, schema: appointment },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const getAppointment = defineRoute({
  id: "appointments.get",
  summary: "One appointment",
  method: "GET",
  path: "/api/v1/appointments/:id",
  permission: "appointments:read",
  params: idParams,
  response: { status: 200, schema: appointment },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const moveAppointment = defineRoute({
  id: "appointments.move",
  summary: "To another time, or another calendar that is linked to the same account or to none",
  method: "POST",
  path: "/api/v1/appointments/:id/move",
  permission: "appointments:write",
  params: idParams,
  body: z.strictObject({
    startsAt: instant,
    durationMinutes: z.int().min(5).max(1440).optional().describe("Absent: as long as before."),
    calendarId: id.optional(),
  }),
  response: { status: 200, schema: appointment },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const cancelAppointment = defineRoute({
  id: "appointments.cancel",
  summary: "Cancels it; cancelling it again changes nothing",
  method: "POST",
  path: "/api/v1/appointments/:id/cancel",
  permission: "appointments:write",
  params: idParams,
  response: { status: 200, schema: appointment },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

const slot = z.object({
  startsAt: z.string().describe("With the offset of the calendar's zone."),
  calendarIds: z.array(z.string()).describe("Where it is free; empty for the implied calendar."),
});

export const getAvailability = defineRoute({
  id: "appointments.availability",
  summary: "Free starts as an agent would offer them, and the sentence for it",
  method: "GET",
  path: "/api/v1/availability",
  permission: "appointments:read",
  query: z.object({
    agentId: id.describe("Whose services and hours."),
    date: z.iso.date(),
    days: z.coerce.number().int().min(1).max(31).default(1),
    service: z.string().trim().min(1).max(120).optional(),
    person: z.string().trim().min(1).max(120).optional().describe("The name of a calendar."),
    language: languageTag.optional(),
  }),
  response: { status: 200, schema: z.object({ slots: z.array(slot), say: z.string() }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});
