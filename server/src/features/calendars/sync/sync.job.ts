/** Every linked calendar is looked at twice a minute, and at once when its vendor tells of a change. */
import { z } from "zod";
import type { OrgDb } from "../../../platform/db/org-db.ts";
import { defineJob, type JobSender, type JobWorker } from "../../../platform/queue/queue.ts";
import { type CalendarSyncRow, calendarSyncs } from "./sync.tables.ts";

export const syncCalendarJob = defineJob({
  name: "calendars.sync",
  payload: z.object({ orgId: z.string(), calendarId: z.string() }),
  // The next look comes by itself.
  retries: 0,
  expireSeconds: 120,
  concurrency: 4,
  takesTurns: true,
});

const everyMinute = "* * * * *";
const halfMinuteMs = 30_000;

export interface SyncJobParts {
  readonly db: OrgDb;
  readonly jobs: JobSender;
  readonly wallNow: () => number;
  readonly run: (of: { orgId: string; calendarId: string }, signal: AbortSignal) => Promise<void>;
}

/** Puts a look at each linked calendar of the installation into the queue, and another half a minute later. */
export async function queueLooks({ db, jobs, wallNow }: Omit<SyncJobParts, "run">, signal: AbortSignal): Promise<void> {
  const startAfter = new Date(wallNow() + halfMinuteMs);
  for (const orgId of await db.askForIds("organizations_with_calendar_syncs")) {
    if (signal.aborted) return;
    await db.withOrg(orgId, async (tx) => {
      const rows: Pick<CalendarSyncRow, "calendarId">[] = await tx
        .select({ calendarId: calendarSyncs.calendarId })
        .from(calendarSyncs);
      for (const { calendarId } of rows) {
        const of = { orgId, calendarId };
        await jobs.send(tx, syncCalendarJob, of, { singletonKey: `${calendarId}:now` });
        await jobs.send(tx, syncCalendarJob, of, { singletonKey: `${calendarId}:later`, startAfter });
      }
    });
  }
}

export async function registerSyncJobs(worker: JobWorker, { run, ...parts }: SyncJobParts): Promise<void> {
  await worker.handle(syncCalendarJob, (of, { signal }) => run(of, signal));
  await worker.schedule("calendars.sync-all", everyMinute, ({ signal }) => queueLooks(parts, signal));
}
