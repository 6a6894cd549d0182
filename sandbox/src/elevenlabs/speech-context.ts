import type { WebSocket } from "ws";
import type { SocketQuery } from "./query.ts";
import type { ElevenLabsSettings } from "./settings.ts";
import type { ClientMessage } from "./socket-message.ts";
import { createSpeaker } from "./speaker.ts";
import { createTextBuffer } from "./text-buffer.ts";
import { alignPiece, makeUtterance } from "./utterance.ts";

/** What the two sockets share: where to send, how to behave. */
export type SocketScene = {
  socket: WebSocket;
  query: SocketQuery;
  settings: () => ElevenLabsSettings;
  nowMs: () => number;
  /** Every text that became speech, for whoever looks at the session. */
  onSpoken: (text: string) => void;
};

export type SpeechContext = {
  /** Text, trigger and flush of one message. */
  take(message: ClientMessage): void;
  /** Says what waits, then calls back. */
  finish(callback: () => void): void;
  /** Says what is already on its way, forgets unflushed text, then calls back. */
  leave(callback: () => void): void;
  stop(): void;
};

export function sendFrame(scene: SocketScene, frame: object): void {
  if (scene.socket.readyState !== scene.socket.OPEN) return;
  scene.socket.send(scene.settings().garbage ? '{"audio":"AAAA' : JSON.stringify(frame));
}

/** The vendor's way to end a socket for a reason: a frame that names it, then 1008. */
export function failSocket(scene: Pick<SocketScene, "socket" | "settings">, error: string, message: string): void {
  if (scene.socket.readyState !== scene.socket.OPEN) return;
  scene.socket.send(JSON.stringify({ message, error, code: 1008 }));
  // A close reason holds at most 123 bytes.
  scene.socket.close(1008, message.replace(/[^\x20-\x7e]/gu, "?").slice(0, 120));
}

/** One stream of text to speech. `mark` is put into every frame (the contextId of the multi-context socket). */
export function createSpeechContext(scene: SocketScene, mark: { contextId?: string }): SpeechContext {
  const { query, settings } = scene;
  const buffer = createTextBuffer(query.auto_mode);
  const speaker = createSpeaker({
    settings,
    nowMs: scene.nowMs,
    make: (text) =>
      makeUtterance(text, {
        format: query.output_format,
        language: query.language_code ?? "en",
        voice: settings().voice,
      }),
    onPiece(piece, utterance) {
      const alignment = query.sync_alignment ? alignPiece(utterance, piece.fromMs, piece.toMs) : null;
      const audio = Buffer.from(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.byteLength).toString("base64");
      sendFrame(scene, { audio, ...mark, isFinal: null, normalizedAlignment: alignment, alignment });
    },
    onCut: () => scene.socket.terminate(),
  });

  function say(text: string | undefined): void {
    if (text === undefined) return;
    scene.onSpoken(text.trim());
    speaker.say(text);
  }

  return {
    take(message) {
      const schedule = (message.generation_config ?? message.generator_config)?.chunk_length_schedule;
      if (schedule) buffer.setSchedule(schedule);
      if (message.text) say(buffer.add(message.text, message.try_trigger_generation === true));
      if (message.flush) say(buffer.flush());
    },
    finish(callback) {
      say(buffer.flush());
      speaker.whenSaid(callback);
    },
    leave: (callback) => speaker.whenSaid(callback),
    stop: () => speaker.stop(),
  };
}
