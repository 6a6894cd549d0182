/** Text calls for those who bring one utterance at a time. */
import type { CallEvent } from "@parley/contract/call-event";
import type { Conversations } from "../../features/utterances/index.ts";
import { AppError } from "../../kernel/app-error.ts";
import { announceCall } from "./announce-call.ts";
import type { ApiParts } from "./api-parts.ts";

type ConversationParts = Pick<ApiParts, "planCall" | "clock" | "link" | "book" | "calls">;

const sayTimeoutMs = 65_000;
const eventsAtMost = 1000;

const isOver = () =>
  new AppError("conflict", {
    publicMessage: "conversationId: this conversation is over. Leave it away to begin another.",
  });

export function createConversations(parts: ConversationParts): Conversations {
  const { link, book } = parts;
  const requireCall = ({ orgId, callId }: { orgId: string; callId: string }) => {
    const call = book.find(callId);
    if (call?.orgId === orgId) return call;
    throw new AppError("not_found", { publicMessage: "conversationId: there is no such conversation." });
  };
  const say = async (callId: string, text: string) => {
    const call = book.find(callId);
    if (call === undefined) throw isOver();
    const { mediaIndex } = call;
    return await link.request("say", { callId, mediaIndex, text }, sayTimeoutMs).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "not_found") throw isOver();
      throw error;
    });
  };

  return {
    async start({ orgId, agentId, version, language }) {
      const announced = await announceCall(parts, {
        ...{ channel: "text", orgId, agentId },
        ...(version === undefined ? {} : { version }),
        ...(language === undefined ? {} : { language }),
      });
      if (announced.verdict === "unclaimed") {
        throw new AppError("not_found", { publicMessage: "There is no such agent." });
      }
      if (announced.verdict === "refuse") throw new AppError("forbidden", { publicMessage: announced.words });
      const { callId, language: spoken } = announced.assignment.plan;
      const { replies } = await say(callId, "");
      return { callId, language: spoken, greeting: replies.join(" ") };
    },
    find({ orgId, agentId, callId }) {
      const call = requireCall({ orgId, callId });
      if (call.agentId !== agentId) {
        throw new AppError("not_found", { publicMessage: "conversationId: there is no such conversation." });
      }
      if (call.state !== "live") throw isOver();
      return { callId, language: call.language };
    },
    async say({ orgId, callId }, text) {
      requireCall({ orgId, callId });
      const before = await lastEvent(parts, { orgId, callId });
      const { replies, ended } = await say(callId, text);
      const events = await eventsAfter(parts, { orgId, callId, seq: before });
      const tools = events.flatMap((event) =>
        event.type === "tool-finished" ? [{ name: event.name, outcome: event.outcome }] : [],
      );
      return { reply: replies.join(" "), ended, tools };
    },
  };
}

/** The events so far are written when the process that carries the call has said so. */
async function flush({ link }: ConversationParts, callId: string): Promise<number> {
  const { nextSeq } = await link.request("watch", { callId }).catch(() => ({ nextSeq: 0 }));
  return nextSeq;
}

const lastEvent = async (parts: ConversationParts, { callId }: { orgId: string; callId: string }) =>
  (await flush(parts, callId)) - 1;

async function eventsAfter(
  parts: ConversationParts,
  { orgId, callId, seq }: { orgId: string; callId: string; seq: number },
): Promise<readonly CallEvent[]> {
  await flush(parts, callId);
  const page = { limit: eventsAtMost, ...(seq < 0 ? {} : { cursor: String(seq) }) };
  return (await parts.calls.events(orgId, callId, page))?.items ?? [];
}
