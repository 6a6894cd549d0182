/** Once an hour: are all numbers still set so that their calls reach us? What is not, stands in the number. */
import type { LogLine } from "../../platform/db/log-line.ts";
import type { JobWorker } from "../../platform/queue/queue.ts";
import type { PhoneNumbers } from "./phone-numbers.ts";

/** Not on the hour, when everybody asks. */
const hourly = "23 * * * *";

export async function scheduleNumberChecks(
  worker: Pick<JobWorker, "schedule">,
  { phoneNumbers, log }: { phoneNumbers: Pick<PhoneNumbers, "checkAll">; log: LogLine },
): Promise<void> {
  await worker.schedule("phone-numbers.check-all", hourly, async ({ signal }) => {
    const { checked, faulty } = await phoneNumbers.checkAll(signal);
    if (faulty > 0) log("warn", "phone numbers are not set so that their calls reach us", { checked, faulty });
  });
}
