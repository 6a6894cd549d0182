/** A call as lists show it. */
import { open, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { CallStatus, calls } from "./calls.table.ts";

/** Times are Unix milliseconds. */
export interface CallSummary {
  readonly id: string;
  readonly agentId: string;
  readonly agentName: string;
  /** BCP-47. */
  readonly language: string;
  readonly channel: "phone" | "web" | "text";
  readonly direction: "inbound" | "outbound";
  readonly status: CallStatus;
  readonly externalId?: string;
  readonly startedAtMs: number;
  readonly answeredAtMs?: number;
  readonly endedAtMs?: number;
  readonly hangUpReason?: string;
  readonly durationMs?: number;
  readonly turns: number;
  readonly firstAudioP50Ms?: number;
  readonly from?: string;
  readonly to?: string;
  readonly contactId?: string;
}

/** Opens the numbers under the organisation's key. */
export function summarize(row: typeof calls.$inferSelect, orgKey: Buffer): CallSummary {
  const key = row.keyWrap === null ? undefined : unwrapKey(orgKey, row.keyWrap, row.id);
  const opened = (column: string, sealed: Buffer | null) =>
    sealed === null || key === undefined
      ? undefined
      : String(open(key, { orgId: row.orgId, owner: row.id, seq: column }, sealed));
  const { id, agentId, agentName, language, channel, direction, status, turns } = row;
  return {
    ...{ id, agentId, agentName, language, channel, direction, status, turns },
    startedAtMs: row.startedAt.getTime(),
    ...present({
      externalId: row.externalId,
      answeredAtMs: row.answeredAt?.getTime(),
      endedAtMs: row.endedAt?.getTime(),
      hangUpReason: row.hangUpReason,
      durationMs: row.durationMs,
      firstAudioP50Ms: row.firstAudioP50Ms,
      from: opened("caller", row.sealedCaller),
      to: opened("called", row.sealedCalled),
      contactId: row.contactId,
    }),
  };
}

/** Leaves out what is null or undefined. */
function present<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}
