/** The API's view of the stored calls of one organisation. */
import type { CallReader } from "../entry/http/api-parts.ts";
import { type CallStore, toCall } from "../features/calls/index.ts";
import { AppError } from "../kernel/app-error.ts";

export function createCallReader(store: CallStore): CallReader {
  return {
    async list(orgId, query) {
      const { calls, nextCursor } = await store.listCalls(orgId, query);
      return { items: calls.map(toCall), nextCursor: nextCursor ?? null };
    },
    async get(orgId, callId) {
      const summary = await store.getCall(orgId, callId);
      return summary && toCall(summary);
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
