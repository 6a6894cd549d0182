import type { LogLine } from "../../platform/db/log-line.ts";
import type { JobWorker } from "../../platform/queue/queue.ts";
import type { Statements } from "./statements.ts";

/** Each hour, as organisations' days begin at different hours. */
export async function scheduleClosing(
  worker: Pick<JobWorker, "schedule">,
  { statements, log }: { statements: Pick<Statements, "closeMonths">; log: LogLine },
): Promise<void> {
  await worker.schedule("billing.close-months", "11 * * * *", async () => {
    const closed = await statements.closeMonths();
    if (closed > 0) log("info", "months were closed", { statements: closed });
  });
}
