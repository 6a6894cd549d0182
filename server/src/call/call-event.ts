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

/** `screen`: what an event may say; it comes before every sink. */
export function createCallEvents(
  clock: Clock,
  sinks: readonly EventSink[],
  screen: (body: CallEventBody, atMs: number) => CallEventBody = (body) => body,
): CallEvents {
  const startedAtMs = clock.now();
  let seq = 0;
  const now = () => Math.round((clock.now() - startedAtMs) * 10) / 10;
  return {
    now,
    emit(body, atMs) {
      const happenedMs = atMs ?? now();
      const event: CallEvent = { ...screen(body, happenedMs), v: callEventVersion, seq: seq++, atMs: happenedMs };
      for (const sink of sinks) sink(event);
    },
  };
}
