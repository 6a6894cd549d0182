import { z } from "zod";
import { type BookingParts, businessOf, noAppointments, prepareProfile, withoutUndefined } from "../booking-tools.ts";
import { words } from "../input-words.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  date: words(60).describe("The day, YYYY-MM-DD."),
  service: words(200).optional().describe("The service wanted."),
  person: words(120).optional().describe("Whom the caller asked for; leave it away for anybody."),
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
        const language = work.call?.language;
        const found = await parts.appointments.checkAvailability(tx, {
          ...{ ...business, ...withoutUndefined(work.input) },
          ...(language === undefined ? {} : { language }),
        });
        if (!found.ok) return failed(found.publicMessage);
        const { slots, say } = found;
        return ok({ slots, ...(say === undefined ? {} : { say }) });
      },
    },
  });
