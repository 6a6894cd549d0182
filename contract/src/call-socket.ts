/**
 * The browser's (and the terminal client's) call socket: `GET /api/v1/calls/{id}/audio`, upgraded.
 * Binary frames carry sound: 16-bit little-endian mono PCM, `audioRateHz` in both directions, any whole number of samples
 * (20 ms = 640 bytes is usual). Text frames carry the JSON messages below. The first text frame must be `start`, with the
 * one-time token that `POST /api/v1/calls` returned.
 */
import { z } from "zod";
import type { CallEvent } from "./call-event.ts";

export const audioRateHz = 16_000;

export const clientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("start"), token: z.string().min(1).max(400), microphone: z.boolean() }),
  /** A piece of agent audio was played to its end: the name of the mark that followed it. */
  z.object({ type: z.literal("mark"), name: z.string().min(1).max(100) }),
  /** A typed message of the caller. */
  z.object({ type: z.literal("text"), text: z.string().min(1).max(2000) }),
  z.object({ type: z.literal("dtmf"), digit: z.string().regex(/^[0-9*#]$/) }),
  /** What the browser's own recogniser heard, when the platform has none. */
  z.object({ type: z.literal("transcript"), text: z.string().max(2000), isFinal: z.boolean() }),
  z.object({ type: z.literal("hang-up") }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export type ServerMessage =
  | {
      type: "ready";
      callId: string;
      agentName: string;
      language: string;
      /** Who listens: the platform's recogniser, or the browser's own (the client then sends `transcript`). */
      recogniser: "platform" | "client" | "none";
      /** Whether agent audio will come; otherwise the words come as text only. */
      voice: boolean;
    }
  /** Everything sent before was audio up to here: answer with the same mark when it has been played. */
  | { type: "mark"; name: string }
  /** Drop all audio that has not been played. Pending marks are not answered. */
  | { type: "clear" }
  | { type: "event"; event: CallEvent }
  /** For the caller's screen: what does not work, in words. */
  | { type: "notice"; code: string; text: string }
  | { type: "ended"; reason: string };
