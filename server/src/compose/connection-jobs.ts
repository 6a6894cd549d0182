/** What the worker does about connected accounts: linked calendars kept in step, owners told. */
import { eq } from "drizzle-orm";
import type { Config } from "../config.ts";
import { createFollowingAppointments } from "../features/appointments/index.ts";
import { registerSyncJobs, syncCalendar } from "../features/calendars/index.ts";
import { createFailureNotice, tellConnectionFailed } from "../features/connections/index.ts";
import { memberships } from "../features/organizations/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { composeEmit } from "./emit-event.ts";
import type { Features } from "./features.ts";
import { clock } from "./stores.ts";

export async function registerConnectionJobs(
  worker: JobWorker,
  features: Pick<Features, "db" | "organizations" | "mailer" | "auth" | "calendarProviderOf">,
  { config, log }: { readonly config: Config; readonly log: LogLine },
): Promise<void> {
  const { db, organizations, mailer, auth, calendarProviderOf: providerOf } = features;
  const notice = createFailureNotice({
    ...{ db, organizations, mailer },
    async memberOf(tx, userId) {
      const [member] = await tx.select().from(memberships).where(eq(memberships.userId, userId));
      return member && (await auth.people.readMembers(tx, [userId]))[0];
    },
  });
  await worker.handle(tellConnectionFailed, notice);
  const appointments = createFollowingAppointments({ organizations, clock, emit: composeEmit({ clock }) });
  const publicUrl = config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl };
  const parts = { db, organizations, clock, log, providerOf, appointments, ...publicUrl };
  await registerSyncJobs(worker, {
    ...{ db, jobs: createJobSender(), wallNow: () => clock.wallNow() },
    run: (of, signal) => syncCalendar(parts, of, signal),
  });
}
