/** Calendars, the appointments in them, and the calendars of others that they are linked to. */
import type { Config } from "../config.ts";
import { createProfileReader } from "../features/agents/index.ts";
import {
  type AppointmentRouteParts,
  createAppointmentDesk,
  createAppointmentFollowers,
  createAppointments,
  createOutsideBookings,
  type OutsideDeps,
  tendAppointmentsByClock,
} from "../features/appointments/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import {
  busyOutside,
  type Calendars,
  canWriteThere,
  createCalendars,
  followLink,
} from "../features/calendars/index.ts";
import { listAccounts } from "../features/connections/index.ts";
import { createContacts } from "../features/contacts/index.ts";
import { AppError } from "../kernel/app-error.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { openAgents } from "./agents.ts";
import { composeEmit } from "./emit-event.ts";
import { openAccessTokens, openCalendarProviders } from "./oauth.ts";
import { clock, type Stores } from "./stores.ts";

type BookStores = Pick<Stores, "db" | "organizations">;

export interface CalendarFeatures {
  readonly calendars: Calendars;
  readonly appointmentRoutes: AppointmentRouteParts;
}

interface BookParts {
  readonly config: Config;
  readonly log: LogLine;
}

/** What every deed about an appointment works with, in a call, at the desk, in a job. */
function bookDeps({ db, organizations }: BookStores, { config, log }: BookParts): OutsideDeps {
  const contacts = createContacts({ db, organizations, clock, audit: createAuditLog({ clock }) });
  const accessTokenOf = openAccessTokens({ db, organizations }, config);
  return {
    ...{ db, organizations, clock, log, busyOutside, emit: composeEmit({ clock }) },
    providerOf: openCalendarProviders({ db, organizations }, { config, accessTokenOf }),
    contactOf: async (tx, { orgId, phone }) => (await contacts.findByPhone(tx, orgId, phone))?.id,
  };
}

const calendarVendors: ReadonlySet<string> = new Set(["google", "microsoft", "caldav"]);

/** For the tools of calls. */
export function openBookingParts(stores: BookStores, parts: BookParts) {
  const deps = bookDeps(stores, parts);
  const appointments = createAppointments(deps);
  return {
    appointments,
    outside: {
      ...createOutsideBookings(deps),
      isNeeded: (orgId: string) => stores.db.withOrg(orgId, (tx) => appointments.reachesOutside(tx, orgId)),
    },
  };
}

export function openCalendars(
  stores: BookStores,
  { audit, ...parts }: BookParts & { readonly audit: AuditLog },
): CalendarFeatures {
  const deps = { ...bookDeps(stores, parts), audit };
  const agents = openAgents(stores);
  const readProfile = createProfileReader({ agents, clock });
  const profileOf = async (asked: { orgId: string; agentId: string }) => {
    const agent = await agents.findRunnable(asked.orgId, { agentId: asked.agentId, version: "draft" });
    if (agent === undefined) throw new AppError("not_found", { publicMessage: "There is no such agent." });
    return await readProfile(asked);
  };
  const followers = createAppointmentFollowers({ clock });
  const calendars = createCalendars({
    ...{ ...stores, clock, audit },
    followers: {
      ...followers,
      async onLinked(tx, linked) {
        await followers.onLinked(tx, linked);
        await followLink(tx, linked);
      },
    },
    isCalendarAccount: async (tx, connectionId) =>
      (await listAccounts(tx)).some((each) => each.connectionId === connectionId && calendarVendors.has(each.vendor)),
    canWriteThere: (orgId, { connectionId, externalCalendarId }) =>
      canWriteThere(() => deps.providerOf({ orgId, connectionId }), externalCalendarId),
  });
  const desk = createAppointmentDesk({ ...deps, profileOf });
  return {
    calendars,
    appointmentRoutes: { db: stores.db, desk, profileOf, appointments: createAppointments(deps) },
  };
}

/** In the worker: what is not certain is settled, what is to be written to linked calendars is written. */
export async function registerAppointmentJobs(worker: JobWorker, stores: BookStores, parts: BookParts): Promise<void> {
  await tendAppointmentsByClock(worker, bookDeps(stores, parts));
}
