import {
  addCallNote,
  deleteCall,
  deleteCallNote,
  exportCalls,
  getCallLatency,
  getCallStatistics,
  getTranscript,
  listCallNotes,
  listToolCalls,
  reviewCall,
} from "@parley/contract/call-record";
import { getCall, listCalls } from "@parley/contract/calls";
import type { Actor } from "../../platform/http/principal.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { CallArchive } from "./call-archive.ts";
import { toPlainText } from "./transcript.ts";

/** No id holds a NUL, and the database takes none. */
const canBeStored = (text: string | undefined) => text?.includes("\0") !== true;

interface OfCall {
  readonly orgId: string;
  readonly callId: string;
}
interface Reader extends OfCall {
  readonly actor: Actor;
}

export function mountCallArchiveRoutes(mount: RouteMount, { callArchive }: { callArchive: CallArchive }): void {
  mount(listCalls, async ({ orgId, query }) =>
    canBeStored(query.externalId) ? callArchive.list(orgId, query) : { items: [], nextCursor: null },
  );
  mount(exportCalls, async ({ orgId, actor, query, reply }) => {
    const csv = await callArchive.export({ orgId, actor }, query);
    void reply.header("content-disposition", 'attachment; filename="calls.csv"');
    return csv;
  });
  mount(getCallStatistics, ({ orgId, query }) => callArchive.statistics(orgId, query));
  /** What names a caller or holds their words is shown to nobody who is not on record. */
  const read = async <T>({ orgId, actor, callId }: Reader, reading: (of: OfCall) => Promise<T>): Promise<T> => {
    const found = await reading({ orgId, callId });
    await callArchive.noteReading({ orgId, callId }, actor);
    return found;
  };
  mount(getCall, ({ orgId, actor, params }) => read({ orgId, actor, callId: params.id }, callArchive.get));
  mount(getTranscript, async ({ orgId, actor, params, query, request, reply }) => {
    const turns = await read({ orgId, actor, callId: params.id }, callArchive.transcript);
    const wantsText = query.format === "text" || (query.format === undefined && prefersText(request.headers.accept));
    if (!wantsText) return { callId: params.id, turns };
    // A serializer of JSON would refuse it.
    return reply.type("text/plain; charset=utf-8").serializer(String).send(toPlainText(turns)) as never;
  });
  mount(getCallLatency, ({ orgId, params }) => callArchive.latency({ orgId, callId: params.id }));
  mount(listToolCalls, async ({ orgId, actor, params }) => ({
    items: await read({ orgId, actor, callId: params.id }, callArchive.tools),
  }));
  mount(listCallNotes, async ({ orgId, actor, params }) => ({
    items: await read({ orgId, actor, callId: params.id }, callArchive.notes),
  }));
  mountJudging(mount, callArchive);
}

function mountJudging(mount: RouteMount, callArchive: CallArchive): void {
  mount(addCallNote, ({ orgId, actor, params, body }) =>
    callArchive.addNote({ orgId, actor, callId: params.id, text: body.text }),
  );
  mount(deleteCallNote, async ({ orgId, actor, params }) => {
    await callArchive.removeNote({ orgId, actor, callId: params.id, noteId: params.noteId });
    return null;
  });
  mount(reviewCall, ({ orgId, actor, params, body }) =>
    callArchive.review({ orgId, actor, callId: params.id, ...body }),
  );
  mount(deleteCall, async ({ orgId, actor, params }) => {
    await callArchive.remove({ orgId, actor, callId: params.id });
    return null;
  });
}

/** Named before JSON, or alone. */
function prefersText(accept: string | undefined): boolean {
  const types = (accept ?? "").split(",").map((type) => type.split(";")[0]?.trim());
  return types.find((type) => type === "text/plain" || type === "application/json") === "text/plain";
}
