/** What the record of a call is made of, as it is handed over to be stored. */
import type { CallEvent } from "../../call/call-event.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { CallStatus } from "./calls.table.ts";

export interface NewCall {
  readonly orgId: string;
  /** `call_…`, from `newId`. */
  readonly callId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentVersion?: number | "draft";
  /** Of a weighted split: the arm that this call is in. */
  readonly variant?: string;
  /** BCP-47. */
  readonly language: string;
  readonly channel: "phone" | "web" | "text";
  readonly direction: "inbound" | "outbound";
  readonly externalId?: string;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly answeredAtMs?: number;
  readonly processId: string;
  /** Content: sealed. */
  readonly from?: string;
  readonly to?: string;
  readonly contactId?: string;
}

export interface FinishedCall {
  readonly orgId: string;
  readonly callId: string;
  readonly status: Exclude<CallStatus, "live">;
  /** A `HangUpReason`, or `connection-lost`. */
  readonly hangUpReason: string;
  readonly endedAtMs: number;
  readonly durationMs: number;
}

export interface EventOfCall {
  readonly orgId: string;
  readonly callId: string;
  readonly event: CallEvent;
}

/** What else is done in the transaction that enters or ends a call: webhooks, usage, jobs. Runs once for each call. */
export interface CallHooks {
  started?(tx: OrgTx, call: NewCall): Promise<void>;
  /** Also for a call that a dead process left open. */
  ended?(tx: OrgTx, call: { orgId: string; callId: string }): Promise<void>;
}
