/** A call as lists show it. */
import type { Call } from "@parley/contract/calls";
import { open, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { CallRow, CallStatus } from "./calls.table.ts";

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
  readonly agentVersion?: number | "draft";
  readonly variant?: string;
}

/** Opens the numbers under the organisation's key. */
export function summarize(row: CallRow, orgKey: Buffer): CallSummary {
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
      agentVersion:
        row.agentVersion === "draft" ? ("draft" as const) : row.agentVersion === null ? null : Number(row.agentVersion),
      variant: row.variant,
    }),
  };
}

/** Leaves out what is null or undefined. */
function present<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}

const isoOrNull = (atMs: number | undefined) => (atMs === undefined ? null : new Date(atMs).toISOString());

/** As the API shows it. */
export function toCall(summary: CallSummary): Call {
  const { id, agentId, agentName, language, channel, direction, status, turns } = summary;
  return {
    ...{ id, agentId, agentName, language, channel, direction, status, turns },
    externalId: summary.externalId ?? null,
    from: summary.from ?? null,
    to: summary.to ?? null,
    contactId: summary.contactId ?? null,
    agentVersion: summary.agentVersion ?? null,
    variant: summary.variant ?? null,
    startedAt: new Date(summary.startedAtMs).toISOString(),
    endedAt: isoOrNull(summary.endedAtMs),
    durationMs: summary.durationMs ?? null,
    hangUpReason: summary.hangUpReason ?? null,
    firstAudioP50Ms: summary.firstAudioP50Ms ?? null,
  };
}
