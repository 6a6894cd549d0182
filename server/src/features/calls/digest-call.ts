/** After a call: its words go to the blind index and its figures are added up, both in one transaction, once. */
import { and, eq, isNotNull, isNull } from "drizzle-orm";
import { z } from "zod";
import type { CallEvent } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { defineJob } from "../../platform/queue/queue.ts";
import type { Organizations } from "../organizations/index.ts";
import { openEvents } from "./call-content.ts";
import { indexWords } from "./call-words.ts";
import { calls } from "./calls.table.ts";
import { addFigures, type Measures } from "./figures.ts";
import { toTranscript } from "./transcript.ts";

export const digestCall = defineJob({
  name: "calls.digest",
  payload: z.object({ orgId: z.string(), callId: z.string() }),
  retries: 10,
});

export interface DigestParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
}

/** A call that is not over, was digested or was erased is left as it is. */
export function createCallDigests({ db, organizations, clock }: DigestParts) {
  return {
    run: ({ orgId, callId }: { orgId: string; callId: string }): Promise<void> =>
      db.withOrg(orgId, async (tx) => {
        // The row stays locked: an erasure waits for this, or this finds it erased.
        const [call] = await tx
          .update(calls)
          .set({ digestedAt: new Date(clock.wallNow()) })
          .where(and(eq(calls.id, callId), isNull(calls.digestedAt), isNull(calls.erasedAt), isNotNull(calls.endedAt)))
          .returning();
        if (call === undefined) return;
        const orgKey = await organizations.keyOf(tx, orgId);
        const events = (await openEvents(tx, orgKey, { of: [call] })).get(callId) ?? [];
        await indexWords(tx, { orgId, callId, startedAt: call.startedAt }, { orgKey, turns: toTranscript(events) });
        await addFigures(tx, call, measuresOf(events));
      }),
  };
}
export type CallDigests = ReturnType<typeof createCallDigests>;

export function measuresOf(events: readonly CallEvent[]): Measures {
  const latencies = events.map((event) => (event.type === "turn-latency" ? event.latency.firstAudioMs : undefined));
  return {
    firstAudioMs: latencies.filter((latencyMs) => latencyMs !== undefined),
    interruptions: events.filter((event) => event.type === "barge-in-confirmed").length,
  };
}
