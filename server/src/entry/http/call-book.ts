/** What the API process knows of the calls it announced: where they run and how they ended. No content. */
import type { HangUpReason } from "@parley/contract/call-event";
import type { CallAssignment, CallFact } from "../process-messages.ts";

export interface BookedCall {
  readonly callId: string;
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentVersion: number | "draft" | undefined;
  readonly variant: string | undefined;
  readonly mediaIndex: number;
  /** For the one socket that is waited for. Never logged. */
  readonly token: string;
  readonly language: string;
  /** The carrier's name for it; of a call we place, known once it is answered. */
  externalId: string | undefined;
  state: "waiting" | "live" | "ended" | "lost" | "expired";
  reason: HangUpReason | undefined;
  /** Whom the carrier dials now that the agent is done. */
  transferTo: string | undefined;
  transferBy: "agent" | "emergency" | "operator" | undefined;
}

export interface CallBook {
  add(assignment: CallAssignment, mediaIndex: number): void;
  /** A call that was placed has been given its name by the carrier. */
  name(call: BookedCall, externalId: string): void;
  onFact(fact: CallFact): void;
  find(callId: string): BookedCall | undefined;
  /** The last that was announced under the carrier's name. */
  findByExternalId(externalId: string): BookedCall | undefined;
  /** Resolves when the call is over, or after `waitMs`: the carrier may ask before the media process has told us. */
  settled(call: BookedCall, waitMs: number): Promise<void>;
  liveCount(): number;
}

const remembered = 5000;
const isOver = (call: BookedCall) => call.state === "ended" || call.state === "lost" || call.state === "expired";

/** Announced and its socket never came. */
export const neverBegan = ({ state }: BookedCall): boolean => state === "waiting" || state === "expired";

export function createCallBook(): CallBook {
  return new Book();
}

class Book implements CallBook {
  private readonly calls = new Map<string, BookedCall>();
  private readonly byExternalId = new Map<string, string>();
  private readonly waiters = new Map<string, Set<() => void>>();
  private live = 0;

  add({ plan, externalId, token }: CallAssignment, mediaIndex: number): void {
    const { callId, orgId, language, agentId, agentName, agentVersion, variant } = plan;
    const unknownYet = { reason: undefined, transferTo: undefined, transferBy: undefined };
    const call: BookedCall = {
      ...{ callId, orgId, agentId, agentName, agentVersion, variant, language, mediaIndex, token, externalId },
      ...{ state: "waiting", ...unknownYet },
    };
    this.calls.set(callId, call);
    if (externalId !== undefined) this.byExternalId.set(externalId, callId);
    this.forgetOldest();
  }

  name(call: BookedCall, externalId: string): void {
    call.externalId = externalId;
    this.byExternalId.set(externalId, call.callId);
  }

  onFact(fact: CallFact): void {
    const call = this.calls.get(fact.callId);
    if (fact.kind === "started") this.live++;
    if (fact.kind === "ended" || fact.kind === "lost") this.live = Math.max(0, this.live - 1);
    if (!call || fact.kind === "first-audio") return;
    call.state = fact.kind === "started" ? "live" : fact.kind;
    if (fact.kind === "ended") {
      call.reason = fact.reason;
      call.transferTo = fact.transferTo;
      call.transferBy = fact.transferBy;
    }
    if (!isOver(call)) return;
    for (const wake of this.waiters.get(fact.callId) ?? []) wake();
  }

  find(callId: string): BookedCall | undefined {
    return this.calls.get(callId);
  }

  findByExternalId(externalId: string): BookedCall | undefined {
    return this.calls.get(this.byExternalId.get(externalId) ?? "");
  }

  settled(call: BookedCall, waitMs: number): Promise<void> {
    if (isOver(call)) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.waiters.get(call.callId) ?? new Set();
      this.waiters.set(call.callId, waiting);
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.waiters.delete(call.callId);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      waiting.add(wake);
    });
  }

  liveCount(): number {
    return this.live;
  }

  private forgetOldest(): void {
    if (this.calls.size <= remembered) return;
    for (const [callId, call] of this.calls) {
      if (!isOver(call)) continue;
      this.calls.delete(callId);
      if (call.externalId !== undefined && this.byExternalId.get(call.externalId) === callId) {
        this.byExternalId.delete(call.externalId);
      }
      return;
    }
  }
}
