import type { ClientMessage } from "./socket-message.ts";
import { carriesSettings } from "./socket-message.ts";
import { createSpeechContext, failSocket, type SocketScene, type SpeechContext, sendFrame } from "./speech-context.ts";
import type { SocketHandler } from "./stream-input.ts";

const DEFAULT_CONTEXT = "default";
type OpenContext = { id: string; speech: SpeechContext; idle: NodeJS.Timeout };

const describeCap = (cap: number): string =>
  `Maximum simultaneous contexts per WebSocket connection exceeded (${cap}). Please close an existing context before opening a new one.`;

/** `/multi-stream-input`: several texts on one socket, each a context of its own; at most `contextCap` open. */
export function serveMultiStreamInput(scene: SocketScene, inactivityMs: number): SocketHandler {
  const open = new Map<string, OpenContext>();
  const leaving = new Set<SpeechContext>();
  let ending = false;

  function close(context: OpenContext, how: "finish" | "leave"): void {
    open.delete(context.id);
    clearTimeout(context.idle);
    leaving.add(context.speech);
    context.speech[how](() => {
      leaving.delete(context.speech);
      sendFrame(scene, { contextId: context.id, isFinal: true, audio: null });
      if (ending && leaving.size === 0) scene.socket.close(1000);
    });
  }

  function openContext(id: string): OpenContext | undefined {
    const { contextCap } = scene.settings();
    if (open.size >= contextCap) {
      failSocket(scene, "max_active_conversations", describeCap(contextCap));
      return undefined;
    }
    const speech = createSpeechContext(scene, { contextId: id });
    const context: OpenContext = { id, speech, idle: setTimeout(() => close(context, "leave"), inactivityMs) };
    open.set(id, context);
    return context;
  }

  function closeSocket(): void {
    for (const context of open.values()) close(context, "finish");
    ending = true;
    if (leaving.size === 0) scene.socket.close(1000);
  }

  return {
    onMessage(message: ClientMessage) {
      if (ending) return;
      if (message.close_socket) return closeSocket();
      const id = message.context_id ?? DEFAULT_CONTEXT;
      const known = open.get(id);
      if (known && carriesSettings(message)) {
        return failSocket(scene, "invalid_message", `Settings may only be sent in the first message of context ${id}`);
      }
      // Closing what is not open is no error: a barge-in may come after the context's own end.
      if (!known && (message.close_context || typeof message.text !== "string")) return;
      const context = known ?? openContext(id);
      if (!context) return;
      context.idle.refresh();
      context.speech.take(message);
      if (message.close_context) close(context, "leave");
    },
    onClose() {
      for (const context of open.values()) {
        clearTimeout(context.idle);
        context.speech.stop();
      }
      for (const speech of leaving) speech.stop();
    },
  };
}
