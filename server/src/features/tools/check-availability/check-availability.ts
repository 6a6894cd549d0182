import { z } from "zod";
import { type BookingParts, businessOf, noAppointments, prepareProfile } from "../booking-tools.ts";
import { words } from "../input-words.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  date: words(60).describe("The day, YYYY-MM-DD."),
  service: words(200).optional().describe("The service wanted."),
});

export const checkAvailability = (parts: BookingParts) =>
  defineTool({
    name: "check_availability",
    title: "Look for free appointments",
    description: "Free appointment times of one day.",
    input,
    effect: "read",
    isOnByDefault: true,
    deed: {
      where: "database",
      prepare: prepareProfile(parts),
      async run(tx, work) {
        const business = businessOf(work);
        if (business === undefined) return noAppointments;
        const { date, service } = work.input;
        const found = await parts.appointments.checkAvailability(tx, {
          ...{ ...business, date },
          ...(service === undefined ? {} : { service }),
        });
        return found.ok ? ok({ slots: found.slots }) : failed(found.publicMessage);
      },
    },
  });
