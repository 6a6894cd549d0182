import { z } from "zod";
import {
  type BookingParts,
  businessOf,
  noAppointments,
  outcomeOf,
  outsideDeed,
  prepareProfile,
  subjectByPhone,
  withoutUndefined,
} from "../booking-tools.ts";
import { callerPhone, localTime, words } from "../input-words.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  service: words(200).describe("The service wanted."),
  startsAt: localTime,
  name: words(200).describe("The caller's name."),
  phone: callerPhone,
  person: words(120)
    .optional()
    .describe("Whom the caller asked for, where there are several people. Leave it away for anybody."),
  note: words(2000).optional().describe("Anything else worth knowing."),
});

export const bookAppointment = (parts: BookingParts) =>
  defineTool({
    name: "book_appointment",
    title: "Book an appointment",
    description:
      "Books an appointment. Ask for service, time, name and phone number first, and have the caller confirm.",
    input,
    effect: "write",
    undoes: ["cancel_appointment", "reschedule_appointment"],
    isOnByDefault: true,
    deed: {
      where: "database",
      prepare: prepareProfile(parts),
      subjectOf: subjectByPhone(parts),
      async run(tx, work) {
        const business = businessOf(work);
        if (business === undefined) return noAppointments;
        const language = work.call?.language;
        const wish = { ...withoutUndefined(work.input), ...(language === undefined ? {} : { language }) };
        return outcomeOf(await parts.appointments.book(tx, { ...business, ...wish }));
      },
      outside: outsideDeed<z.infer<typeof input>>(parts, (outside, { input: told, ...deed }) =>
        outside.book({ ...deed, ...withoutUndefined(told) }),
      ),
    },
  });
