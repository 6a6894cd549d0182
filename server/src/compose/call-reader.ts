/** The API's view of the stored calls of one organisation. */
import type { Call } from "@parley/contract/calls";
import type { CallReader } from "../entry/http/api-parts.ts";
import type { CallStore, CallSummary } from "../features/calls/index.ts";
import type { Recordings } from "../features/recordings/index.ts";
import { AppError } from "../kernel/app-error.ts";

const isoOrNull = (atMs: number | undefined) => (atMs === undefined ? null : new Date(atMs).toISOString());

function toCall(summary: CallSummary): Call {
  const { id, agentId, agentName, language, channel, direction, status, turns } = summary;
  return {
    ...{ id, agentId, agentName, language, channel, direction, status, turns },
    externalId: summary.externalId ?? null,
    from: summary.from ?? null,
    to: summary.to ?? null,
    contactId: summary.contactId ?? null,
    startedAt: new Date(summary.startedAtMs).toISOString(),
    endedAt: isoOrNull(summary.endedAtMs),
    durationMs: summary.durationMs ?? null,
    hangUpReason: summary.hangUpReason ?? null,
    firstAudioP50Ms: summary.firstAudioP50Ms ?? null,
  };
}

export function createCallReader(store: CallStore, recordings: Pick<Recordings, "summaryOf">): CallReader {
  return {
    async list(orgId, query) {
      const { calls, nextCursor } = await store.listCalls(orgId, query);
      return { items: calls.map(toCall), nextCursor: nextCursor ?? null };
    },
    async get(orgId, callId) {
      const summary = await store.getCall(orgId, callId);
      return summary && { ...toCall(summary), recording: await recordings.summaryOf({ orgId, callId }) };
    },
    async events(orgId, callId, { limit, cursor }) {
      if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) {
        throw new AppError("bad_request", {
          publicMessage: "cursor is not one this list gave out. Leave it away to start at the first event.",
        });
      }
      const afterSeq = cursor === undefined ? -1 : Number(cursor);
      const items = await store.listEvents(orgId, callId, { afterSeq, limit });
      const last = items?.length === limit ? items.at(-1) : undefined;
      return items && { items, nextCursor: last ? String(last.seq) : null };
    },
  };
}
