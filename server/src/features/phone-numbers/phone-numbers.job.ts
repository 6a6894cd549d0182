/** What looks after the numbers, and after the calls placed from them, while nobody asks. */
import type { LogLine } from "../../platform/db/log-line.ts";
import type { JobWorker } from "../../platform/queue/queue.ts";
import type { OutboundCalls } from "./outbound-calls.ts";
import type { PhoneNumbers } from "./phone-numbers.ts";

/** Not on the hour, when everybody asks. */
const hourly = "23 * * * *";

/** Are all numbers still set so that their calls reach us? What is not, stands in the number. */
export async function scheduleNumberChecks(
  worker: Pick<JobWorker, "schedule">,
  { phoneNumbers, log }: { phoneNumbers: Pick<PhoneNumbers, "checkAll">; log: LogLine },
): Promise<void> {
  await worker.schedule("phone-numbers.check-all", hourly, async ({ signal }) => {
    const { checked, faulty } = await phoneNumbers.checkAll(signal);
    if (faulty > 0) log("warn", "phone numbers are not set so that their calls reach us", { checked, faulty });
  });
}

const everyTenMinutes = "*/10 * * * *";

/** Calls whose last report never came. */
export async function scheduleCallSweeps(
  worker: Pick<JobWorker, "schedule">,
  { outbound, log }: { outbound: Pick<OutboundCalls, "sweep">; log: LogLine },
): Promise<void> {
  await worker.schedule("phone-numbers.sweep-calls", everyTenMinutes, async ({ signal }) => {
    const ended = await outbound.sweep(signal);
    if (ended > 0) log("warn", "placed calls were never reported to be over", { ended });
  });
}
