/** Who is told of what, by SMS and e-mail: callers of their appointments, the owner of what happened. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

export const notificationChannels = ["sms", "email"] as const;
export const notificationStatuses = [
  "waiting",
  "queued",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "skipped",
] as const;

/** The texts an owner may write anew. */
export const customerTexts = ["confirmation", "moved", "cancelled", "reminder"] as const;
export type CustomerText = (typeof customerTexts)[number];
/** What stands in them as `{{name}}`. */
export const textVariables = ["name", "business", "service", "day", "time", "phone"] as const;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 21:30");
const number = z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a number with its country code, such as +201001234567");

const byChannel = (sms: boolean, email: boolean) =>
  z.strictObject({ sms: z.boolean().default(sms), email: z.boolean().default(email) }).prefault({});

const customerTextOverride = z.strictObject({
  kind: z.enum(customerTexts),
  language: z.enum(["en", "ar"]),
  text: z
    .string()
    .trim()
    .min(1)
    .max(480)
    .superRefine((text, context) => {
      for (const [, name = ""] of text.matchAll(/\{\{([^}]*)\}\}/g)) {
        if ((textVariables as readonly string[]).includes(name.trim())) continue;
        const known = textVariables.map((each) => `{{${each}}}`).join(", ");
        context.addIssue({ code: "custom", message: `names {{${name}}}, which is not known. There are ${known}.` });
      }
    }),
});

/** Every part has a default, so `{}` is a whole setting. */
export const notificationSettings = z.strictObject({
  toCustomer: z
    .strictObject({
      confirmation: byChannel(true, true),
      moved: byChannel(true, true),
      cancelled: byChannel(true, true),
      reminder: byChannel(true, false),
      reminderAt: clockTime.default("10:00").describe("On the day before, by the organisation's clock."),
    })
    .prefault({}),
  toOwner: z
    .strictObject({
      emails: z.array(z.email().max(254)).max(10).nullable().default(null).describe("Null: the owners' own addresses."),
      phones: z.array(number).max(5).default([]),
      message: byChannel(false, true),
      missedCall: byChannel(false, true),
      booking: byChannel(false, true),
      cancellation: byChannel(false, true),
      digestAt: clockTime.nullable().default("18:00").describe("By the organisation's clock. Null: no daily digest."),
    })
    .prefault({}),
  quietHours: z
    .strictObject({ from: clockTime, to: clockTime })
    .nullable()
    .default({ from: "21:00", to: "08:00" })
    .describe("An SMS waits until they are over, except the confirmation of what a caller has just done."),
  textOtherNumbers: z
    .boolean()
    .default(false)
    .describe("Agents may text and mail others than the caller and the caller's contact."),
  texts: z.array(customerTextOverride).max(8).default([]).describe("Instead of the built-in texts."),
});
export type NotificationSettings = z.output<typeof notificationSettings>;

export const notification = z.object({
  id: z.string(),
  kind: z.string(),
  channel: z.enum(notificationChannels),
  recipient: z.enum(["customer", "owner"]),
  /** Of the appointment, message or call it tells of. */
  subjectId: z.string().nullable(),
  callId: z.string().nullable(),
  status: z.enum(notificationStatuses),
  /** Why it was not sent or did not arrive; the carrier's number where it gave one. */
  reason: z.string().nullable(),
  /** Not before. */
  dueAt: z.iso.datetime(),
  attempts: z.number().int(),
  /** Of an SMS: what is paid for. */
  segments: z.number().int().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type Notification = z.infer<typeof notification>;

export const getNotificationSettings = defineRoute({
  id: "notification-settings.get",
  summary: "Who is told of what, and how",
  method: "GET",
  path: "/api/v1/notifications/settings",
  permission: "members:read",
  response: { status: 200, schema: notificationSettings },
  errors: ["unauthorized", "forbidden"],
});

export const setNotificationSettings = defineRoute({
  id: "notification-settings.set",
  summary: "Replaces the settings; what is left out takes its default",
  method: "PUT",
  path: "/api/v1/notifications/settings",
  permission: "organization:write",
  body: notificationSettings,
  response: { status: 200, schema: notificationSettings },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const listNotifications = defineRoute({
  id: "notifications.list",
  summary: "What was or will be told, newest first; never the words",
  method: "GET",
  path: "/api/v1/notifications",
  permission: "calls:read",
  query: pageQuery.extend({
    status: z.enum(notificationStatuses).optional(),
    channel: z.enum(notificationChannels).optional(),
    subjectId: idParams.shape.id.optional(),
  }),
  response: { status: 200, schema: pageOf(notification) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});
