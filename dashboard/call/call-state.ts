import type { CallView } from "./entries.ts";
import { emptyView } from "./transcript-model.ts";

export interface CallState {
  readonly phase: "idle" | "connecting" | "live" | "ended";
  readonly channel: "web" | "text";
  /** BCP-47. */
  readonly language: string;
  readonly callId: string | undefined;
  readonly agentName: string | undefined;
  /** On the page's clock. */
  readonly startedAtMs: number | undefined;
  readonly durationMs: number;
  readonly view: CallView;
  readonly muted: boolean;
  readonly voice: boolean;
  /** Who turns the caller's speech into words. */
  readonly listener: "platform" | "browser" | "none";
  /** What does not work in this call, and what to do instead. */
  readonly hint: string | undefined;
  /** Why there is no call. */
  readonly failure: string | undefined;
  readonly endReason: string | undefined;
}

export const idleState: CallState = {
  phase: "idle",
  channel: "web",
  language: "en-US",
  callId: undefined,
  agentName: undefined,
  startedAtMs: undefined,
  durationMs: 0,
  view: emptyView,
  muted: false,
  voice: false,
  listener: "none",
  hint: undefined,
  failure: undefined,
  endReason: undefined,
};
