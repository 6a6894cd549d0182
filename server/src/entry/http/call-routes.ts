import { controlCall, getCall, listCallEvents, listCalls, sayToCall, startCall } from "@parley/contract/calls";
import { AppError } from "../../kernel/app-error.ts";
import { announceCall } from "./announce-call.ts";
import type { ApiParts } from "./api-parts.ts";
import type { RouteMount } from "./mount-route.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";

const noSuchCall = () => new AppError("not_found", { publicMessage: "There is no such call." });

/** No id holds a NUL, and the database takes none. */
const canBeStored = (text: string | undefined) => text?.includes("\0") !== true;

/** Leaves out what is undefined. */
function page<T extends { limit: number }>(query: T): { limit: number; cursor?: string; externalId?: string } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never;
}

function mountReading(mount: RouteMount, { calls }: ApiParts): void {
  mount(listCalls, async ({ query }) =>
    canBeStored(query.externalId) ? calls.list(page(query)) : { items: [], nextCursor: null },
  );
  mount(getCall, async ({ params }) => {
    const call = canBeStored(params.id) ? await calls.get(params.id) : undefined;
    if (!call) throw noSuchCall();
    return call;
  });
  mount(listCallEvents, async ({ params, query }) => {
    const events = canBeStored(params.id) ? await calls.events(params.id, page(query)) : undefined;
    if (!events) throw noSuchCall();
    return events;
  });
}

export function mountCallRoutes(mount: RouteMount, parts: ApiParts): void {
  mountReading(mount, parts);

  const findRunning = (callId: string) => {
    const call = parts.book.find(callId);
    if (!call) throw noSuchCall();
    return { callId, mediaIndex: call.mediaIndex };
  };

  mount(startCall, async ({ body, request }) => {
    const { channel, language } = body;
    const announced = await announceCall(parts, { channel, ...(language === undefined ? {} : { language }) });
    if (!announced) throw new AppError("not_found", { publicMessage: "There is no agent to call." });
    const { plan, token, expiresAtMs } = announced.assignment;
    const origin =
      publicOrigin(parts.publicUrl, request.headers.host) ?? `http://${request.headers.host ?? "localhost"}`;
    return {
      callId: plan.callId,
      token,
      expiresAt: new Date(expiresAtMs).toISOString(),
      socketUrl: `${socketOrigin(origin)}/api/v1/calls/${plan.callId}/audio?m=${announced.mediaIndex}`,
      agentName: plan.agentName,
      language: plan.language,
    };
  });

  mount(sayToCall, async ({ params, body }) => {
    const { replies, ended } = await parts.link.request("say", { ...findRunning(params.id), text: body.text }, 65_000);
    return { reply: replies.join(" "), replies: [...replies], ended };
  });

  mount(controlCall, async ({ params }) => {
    const { found } = await parts.link.request("hangUp", findRunning(params.id));
    if (!found) throw new AppError("not_found", { publicMessage: "This call is not live." });
    return { accepted: true as const };
  });
}
