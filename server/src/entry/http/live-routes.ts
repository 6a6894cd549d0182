/** Calls in progress: listed, and watched as they happen. */
import { Readable } from "node:stream";
import { createLiveToken, listLiveCalls, streamCallEvents } from "@parley/contract/calls";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { ApiParts } from "./api-parts.ts";
import type { LiveCalls, LiveItem } from "./live-calls.ts";
import type { LiveTokens } from "./live-tokens.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";

export interface LiveParts {
  readonly live: LiveCalls;
  readonly tokens: LiveTokens;
}

/** More calls than one organisation has at a time on one node. */
const maxLiveCalls = 200;

export function mountLiveRoutes(mount: RouteMount, parts: ApiParts, { live, tokens }: LiveParts): void {
  mount(listLiveCalls, async ({ orgId }) => {
    const { items } = await parts.calls.list(orgId, { limit: maxLiveCalls, status: "live" });
    return { items };
  });

  mount(streamCallEvents, async ({ params, query, request, reply, orgId, actor, signal }) => {
    const afterSeq = lastEventId(request.headers["last-event-id"]) ?? query.after ?? -1;
    const items = await live.watch({ orgId, callId: checkedId(params.id), afterSeq, signal });
    await parts.noteReading({ orgId, callId: params.id }, actor);
    void reply.header("x-accel-buffering", "no").header("content-type", "text/event-stream; charset=utf-8");
    return Readable.from(toServerSentEvents(items), { objectMode: false });
  });

  mount(createLiveToken, async ({ params, request, orgId, actor }) => {
    const callId = checkedId(params.id);
    await live.requireCall(orgId, callId);
    await parts.noteReading({ orgId, callId }, actor);
    const { token, expiresAtMs } = tokens.issue({ orgId, callId });
    const { host } = request.headers;
    const origin = socketOrigin(publicOrigin(parts.publicUrl, host) ?? `http://${host ?? "localhost"}`);
    const socketUrl = `${origin}/api/v1/calls/${callId}/live?token=${token}`;
    return { token, socketUrl, expiresAt: new Date(expiresAtMs).toISOString() };
  });
}

/** No id holds a NUL, and the database takes none. */
function checkedId(id: string): string {
  if (id.includes("\0")) throw new AppError("not_found", { publicMessage: "There is no such call." });
  return id;
}

/** A browser sends the last `id` it saw when it comes back. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (typeof header === "string" && /^\d{1,9}$/.test(header)) return Number(header);
  throw new AppError("bad_request", {
    publicMessage: "Last-Event-ID is not the number of an event. Leave it away to start at the first one.",
  });
}

async function* toServerSentEvents(items: AsyncIterable<LiveItem>): AsyncGenerator<string> {
  // Something at once, so that whoever waits for the answer's head has it.
  yield "retry: 1000\n\n";
  for await (const item of items) {
    if (item.type === "heartbeat") yield ": still here\n\n";
    else if (item.type === "event") yield `id: ${item.event.seq}\ndata: ${JSON.stringify(item.event)}\n\n`;
    else yield `event: end\ndata: ${JSON.stringify({ reason: item.reason })}\n\n`;
  }
}
