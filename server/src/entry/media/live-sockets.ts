/** How a carrier's or browser's socket becomes a leg. Compose hands in the transports' own functions. */
import type { CallEvent } from "@parley/contract/call-event";
import type { ServerMessage } from "@parley/contract/call-socket";
import type { WebSocket } from "ws";
import type { MediaTransport } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";

/** A caller's screen, where there is one. */
export interface Screen {
  sendReady(ready: Omit<Extract<ServerMessage, { type: "ready" }>, "type">): void;
  sendEvent(event: CallEvent): void;
  setChannel(channel: "web" | "text"): void;
}

export interface Introduction {
  readonly token: string | undefined;
  readonly microphone?: boolean;
  /** The carrier's own name for the call. */
  readonly callSid?: string;
}

/** The carrier's name for the call, where it is fit to be kept. */
export const nameOf = ({ callSid = "" }: Introduction): { externalId?: string } =>
  /^\w{1,64}$/.test(callSid) ? { externalId: callSid } : {};

export interface AcceptOptions {
  readonly clock: Clock;
  onStart(start: Introduction, transport: MediaTransport, screen?: Screen): void;
  onRefused(reason: string): void;
}

/** Takes over an accepted WebSocket. */
export type AcceptSocket = (socket: WebSocket, options: AcceptOptions) => void;
