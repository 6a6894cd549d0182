/** What the API process knows of the calls it announced: where they run and how they ended. No content. */
import type { HangUpReason } from "@parley/contract/call-event";
import type { CallAssignment, CallFact } from "../process-messages.ts";

export interface BookedCall {
  readonly callId: string;
  readonly orgId: string;
  readonly mediaIndex: number;
  readonly externalId: string | undefined;
  readonly language: string;
  state: "waiting" | "live" | "ended" | "lost" | "expired";
  reason: HangUpReason | undefined;
  /** Whom the carrier dials now that the agent is done. */
  transferTo: string | undefined;
}

export interface CallBook {
  add(assignment: CallAssignment, mediaIndex: number): void;
  onFact(fact: CallFact): void;
  find(callId: string): BookedCall | undefined;
  findByExternalId(externalId: string): BookedCall | undefined;
  /** Resolves when the call is over, or after `waitMs`: the carrier may ask before the media process has told us. */
  settled(call: BookedCall, waitMs: number): Promise<void>;
  liveCount(): number;
}

const remembered = 5000;
const isOver = (call: BookedCall) => call.state === "ended" || call.state === "lost" || call.state === "expired";

export function createCallBook(): CallBook {
  const calls = new Map<string, BookedCall>();
  const byExternalId = new Map<string, string>();
  const waiters = new Map<string, Set<() => void>>();
  let live = 0;

  const forgetOldest = () => {
    if (calls.size <= remembered) return;
    for (const [callId, call] of calls) {
      if (!isOver(call)) continue;
      calls.delete(callId);
      if (call.externalId !== undefined) byExternalId.delete(call.externalId);
      return;
    }
  };

  const onFact = (fact: CallFact) => {
    const call = calls.get(fact.callId);
    if (fact.kind === "started") live++;
    if (fact.kind === "ended" || fact.kind === "lost") live = Math.max(0, live - 1);
    if (!call || fact.kind === "first-audio") return;
    call.state = fact.kind === "started" ? "live" : fact.kind;
    if (fact.kind === "ended") {
      call.reason = fact.reason;
      call.transferTo = fact.transferTo;
    }
    if (!isOver(call)) return;
    for (const wake of waiters.get(fact.callId) ?? []) wake();
  };

  return {
    add(assignment, mediaIndex) {
      const { callId, orgId, language } = assignment.plan;
      const { externalId } = assignment;
      calls.set(callId, {
        callId,
        orgId,
        mediaIndex,
        externalId,
        language,
        state: "waiting",
        reason: undefined,
        transferTo: undefined,
      });
      if (externalId !== undefined) byExternalId.set(externalId, callId);
      forgetOldest();
    },
    onFact,
    find: (callId) => calls.get(callId),
    findByExternalId: (externalId) => calls.get(byExternalId.get(externalId) ?? ""),
    settled(call, waitMs) {
      if (isOver(call)) return Promise.resolve();
      return new Promise((resolve) => {
        const waiting = waiters.get(call.callId) ?? new Set();
        waiters.set(call.callId, waiting);
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          if (waiting.size === 0) waiters.delete(call.callId);
          resolve();
        };
        const timer = setTimeout(wake, waitMs);
        waiting.add(wake);
      });
    },
    liveCount: () => live,
  };
}
