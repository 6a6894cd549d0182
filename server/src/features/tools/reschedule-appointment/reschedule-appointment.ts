import { z } from "zod";
import {
  type BookingParts,
  businessOf,
  noAppointments,
  outcomeOf,
  outsideDeed,
  ownAppointment,
  prepareProfile,
  subjectByPhone,
  withoutUndefined,
} from "../booking-tools.ts";
import { callerPhone, localTime } from "../input-words.ts";
import { defineTool } from "../tool.ts";

const input = z.object({ phone: callerPhone, newStartsAt: localTime, ...ownAppointment });

export const rescheduleAppointment = (parts: BookingParts) =>
  defineTool({
    name: "reschedule_appointment",
    title: "Move an appointment",
    description: "Moves the caller's next appointment, found by phone number, to a new time.",
    input,
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
        return outcomeOf(await parts.appointments.reschedule(tx, { ...business, ...withoutUndefined(work.input) }));
      },
      outside: outsideDeed<z.infer<typeof input>>(parts, (outside, { input: told, ...deed }) =>
        outside.reschedule({ ...deed, ...withoutUndefined(told) }),
      ),
    },
  });
