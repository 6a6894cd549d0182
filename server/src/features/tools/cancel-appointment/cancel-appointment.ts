import { z } from "zod";
import {
  type BookingParts,
  businessOf,
  noAppointments,
  outcomeOf,
  ownAppointment,
  prepareProfile,
  subjectByPhone,
  withoutUndefined,
} from "../booking-tools.ts";
import { callerPhone } from "../input-words.ts";
import { defineTool } from "../tool.ts";

export const cancelAppointment = (parts: BookingParts) =>
  defineTool({
    name: "cancel_appointment",
    title: "Cancel an appointment",
    description: "Cancels the caller's next appointment, found by phone number.",
    input: z.object({ phone: callerPhone, ...ownAppointment }),
    effect: "write",
    undoes: ["book_appointment", "reschedule_appointment"],
    isOnByDefault: true,
    deed: {
      where: "database",
      prepare: prepareProfile(parts),
      subjectOf: subjectByPhone(parts),
      async run(tx, work) {
        const business = businessOf(work);
        if (business === undefined) return noAppointments;
        return outcomeOf(await parts.appointments.cancel(tx, { ...business, ...withoutUndefined(work.input) }));
      },
    },
  });
