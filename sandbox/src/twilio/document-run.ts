import { performance } from "node:perf_hooks";
import { callFields, type LiveCall } from "./call-record.ts";
import type { Line } from "./line.ts";
import { askPlatform } from "./platform-client.ts";
import type { Target } from "./twiml-verbs.ts";
import type { TwilioWorld } from "./world.ts";

/** What a document needs while it runs. `signal` aborts on hang-up and on a REST update; its reason is the Interruption. */
export interface DocumentRun {
  readonly world: TwilioWorld;
  readonly call: LiveCall;
  readonly line: Line;
  readonly signal: AbortSignal;
  readonly digits: DigitQueue;
}

/** Keys pressed while no stream is open; a verb that gathers digits listens. */
export interface DigitQueue {
  listener: ((digit: string) => void) | undefined;
}

/** One signed webhook request about the call, recorded with the call. */
export async function postToPlatform(
  { world, call }: Pick<DocumentRun, "world" | "call">,
  target: Target,
  extra: Record<string, string>,
) {
  const fields = callFields(call, world.accountSid);
  for (const [name, value] of Object.entries(extra)) fields.set(name, value);
  const startedAtMs = performance.now();
  await world.delayWebhook();
  const answer = await askPlatform(world.access, target, fields);
  const tookMs = Math.round(performance.now() - startedAtMs);
  call.webhooks.push({ url: target.url, fields: Object.fromEntries(fields), status: answer.status, tookMs });
  return answer;
}
