import {
  cancelAppointment,
  createAppointment,
  getAppointment,
  getAvailability,
  listAppointments,
  moveAppointment,
} from "@parley/contract/appointments";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { AppointmentDesk, AppointmentDeskParts } from "./appointment-desk.ts";
import type { Appointments } from "./appointments.store.ts";

export interface AppointmentRouteParts extends Pick<AppointmentDeskParts, "db" | "profileOf"> {
  readonly desk: AppointmentDesk;
  readonly appointments: Pick<Appointments, "checkAvailability">;
}

export function mountAppointmentRoutes(
  mount: RouteMount,
  { appointmentRoutes: parts }: { appointmentRoutes: AppointmentRouteParts },
): void {
  // Nothing is asked of the parts until a route is called.
  mount(listAppointments, ({ orgId, query }) => parts.desk.list(orgId, query));
  mount(createAppointment, ({ orgId, actor, body }) => parts.desk.create({ orgId, actor }, body));
  mount(getAppointment, ({ orgId, params }) => parts.desk.get({ orgId, appointmentId: params.id }));
  mount(moveAppointment, ({ orgId, actor, params, body }) =>
    parts.desk.move({ orgId, actor, appointmentId: params.id }, body),
  );
  mount(cancelAppointment, ({ orgId, actor, params }) => parts.desk.cancel({ orgId, actor, appointmentId: params.id }));
  mount(getAvailability, async ({ orgId, query }) => {
    const { agentId, date, days, service, person, language } = query;
    const profile = await parts.profileOf({ orgId, agentId });
    if (profile === undefined) {
      throw new AppError("bad_request", {
        publicMessage: "agentId: this agent takes no appointments. Give it services to book.",
      });
    }
    const found = await parts.db.withOrg(orgId, (tx) =>
      parts.appointments.checkAvailability(tx, {
        ...{ orgId, profile, date, days },
        ...(service === undefined ? {} : { service }),
        ...(person === undefined ? {} : { person }),
        ...(language === undefined ? {} : { language }),
      }),
    );
    if (!found.ok) throw new AppError("bad_request", { publicMessage: found.publicMessage });
    const slots = found.slots.map((startsAt, index) => ({
      startsAt,
      calendarIds: [...(found.calendarIds[index] ?? [])],
    }));
    return { slots, say: found.say ?? "" };
  });
}
