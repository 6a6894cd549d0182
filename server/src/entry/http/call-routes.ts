import type { CallControl } from "@parley/contract/calls";
import { controlCall, listCallEvents, sayToCall, startCall } from "@parley/contract/calls";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { CallCommand, CommandOutcome } from "../process-messages.ts";
import { announceCall } from "./announce-call.ts";
import type { ApiParts } from "./api-parts.ts";
import { publicOrigin, socketOrigin } from "./origin.ts";

const noSuchAgent = () => new AppError("not_found", { publicMessage: "There is no such agent to call." });
const refusalOf = ({ reason, words }: { reason: string; words: string }) =>
  new AppError(reason === "budget-exhausted" ? "budget_exhausted" : "forbidden", { publicMessage: words });
const noSuchCall = () => new AppError("not_found", { publicMessage: "There is no such call." });

/** No id holds a NUL, and the database takes none. */
const canBeStored = (text: string | undefined) => text?.includes("\0") !== true;

function mountReading(mount: RouteMount, { calls, noteReading }: ApiParts): void {
  mount(listCallEvents, async ({ params, query, orgId, actor }) => {
    const { limit, cursor } = query;
    const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const events = canBeStored(params.id) ? await calls.events(orgId, params.id, page) : undefined;
    if (!events) throw noSuchCall();
    await noteReading({ orgId, callId: params.id }, actor);
    return events;
  });
}

export function mountCallRoutes(mount: RouteMount, parts: ApiParts): void {
  mountReading(mount, parts);

  /** Somebody else's call is no call here. */
  const findRunning = (orgId: string, callId: string) => {
    const call = parts.book.find(callId);
    if (call?.orgId !== orgId) throw noSuchCall();
    return { callId, mediaIndex: call.mediaIndex };
  };

  mount(sayToCall, async ({ params, body, orgId }) => {
    const { replies, ended } = await parts.link.request(
      "say",
      { ...findRunning(orgId, params.id), text: body.text },
      65_000,
    );
    return { reply: replies.join(" "), replies: [...replies], ended };
  });

  mountStarting(mount, parts);
  mountControl(mount, parts);
}

function mountStarting(mount: RouteMount, parts: ApiParts): void {
  mount(startCall, async ({ body, request, orgId, actor, signal }) => {
    if (body.channel === "phone") {
      const { channel, ...wish } = body;
      const placed = await parts.telephony.outbound.place(wish, { orgId, actor, signal, action: startCall.id });
      return { channel, ...placed };
    }
    const wish = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const announced = await announceCall(parts, { ...wish, channel: body.channel, orgId });
    if (announced.verdict === "unclaimed") throw noSuchAgent();
    if (announced.verdict === "refuse") throw refusalOf(announced);
    const { plan, token, expiresAtMs } = announced.assignment;
    const facts = { channel: body.channel };
    const deed = { orgId, actor, action: startCall.id, subject: plan.callId, facts };
    await parts.recordDeed(deed, async () => {});
    const origin =
      publicOrigin(parts.publicUrl, request.headers.host) ?? `http://${request.headers.host ?? "localhost"}`;
    return {
      channel: body.channel,
      callId: plan.callId,
      token,
      expiresAt: new Date(expiresAtMs).toISOString(),
      socketUrl: `${socketOrigin(origin)}/api/v1/calls/${plan.callId}/audio?m=${announced.mediaIndex}`,
      agentName: plan.agentName,
      language: plan.language,
    };
  });
}

function mountControl(mount: RouteMount, parts: ApiParts): void {
  mount(controlCall, async ({ params, body, orgId, actor, signal }) => {
    if (!canBeStored(params.id)) throw noSuchCall();
    if (body.action === "hang-up") {
      const doing = { orgId, actor, signal, action: controlCall.id };
      if (await parts.telephony.outbound.cancel(params.id, doing)) return { accepted: true as const };
    }
    await requireLive(parts, orgId, params.id);
    const deed = { orgId, actor, action: controlCall.id, subject: params.id, facts: { action: body.action } };
    await parts.recordDeed(deed, async () => {
      const request = { callId: params.id, command: toCommand(body) };
      refuseUnlessDone((await parts.link.request("control", request, commandTimeoutMs)).outcome);
    });
    return { accepted: true as const };
  });
}

/** The deed's record waits for it. */
const commandTimeoutMs = 3000;

/** Somebody else's call is no call here. The book forgets with its process, the database does not. */
async function requireLive({ book, calls }: ApiParts, orgId: string, callId: string): Promise<void> {
  const booked = book.find(callId);
  if (booked?.orgId === orgId) return;
  const stored = booked === undefined && canBeStored(callId) ? await calls.get(orgId, callId) : undefined;
  if (stored?.status !== "live") throw noSuchCall();
}

function toCommand(body: CallControl): CallCommand {
  if (body.action === "say" || body.action === "whisper") return { type: body.action, text: body.text };
  if (body.action !== "transfer") return { type: body.action };
  return { type: body.action, ...(body.to === undefined ? {} : { to: body.to }) };
}

function refuseUnlessDone(outcome: CommandOutcome): void {
  switch (outcome) {
    case "done":
      return;
    case "not-live":
      throw new AppError("not_found", { publicMessage: "This call is not live." });
    case "no-transfer-here":
      throw new AppError("conflict", {
        publicMessage: "Only a phone call can be put through. Say that somebody will call back instead.",
      });
    case "no-number":
      throw new AppError("conflict", {
        publicMessage: "This agent has no number to transfer to. Send one as `to`, such as +201012345678.",
      });
    case "not-recorded":
      throw new AppError("conflict", { publicMessage: "This call is not recorded." });
    default: {
      const unknown: never = outcome;
      throw new Error(`no such outcome: ${String(unknown)}`);
    }
  }
}
