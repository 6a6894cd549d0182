/** The stream every stage writes to. The union itself lives in the contract, because pages and webhooks read it. */
export type {
  CallEvent,
  CallEventBody,
  CallEventType,
  HangUpReason,
  PhraseKind,
  TurnLatency,
  TurnTrigger,
} from "@parley/contract/call-event";

import type { CallEvent, CallEventBody } from "@parley/contract/call-event";
import { callEventVersion } from "@parley/contract/call-event";
import type { Clock } from "../kernel/clock.ts";

export type EventSink = (event: CallEvent) => void;

/** How stages write: numbering and time are added here and nowhere else. */
export interface CallEvents {
  emit(body: CallEventBody, atMs?: number): void;
  /** Milliseconds since the call started. */
  now(): number;
}

export function createCallEvents(clock: Clock, sinks: readonly EventSink[]): CallEvents {
  const startedAtMs = clock.now();
  let seq = 0;
  const now = () => Math.round((clock.now() - startedAtMs) * 10) / 10;
  return {
    now,
    emit(body, atMs) {
      const event: CallEvent = { ...body, v: callEventVersion, seq: seq++, atMs: atMs ?? now() };
      for (const sink of sinks) sink(event);
    },
  };
}
