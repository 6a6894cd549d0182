import { type ClientMessage, carriesSettings } from "./socket-message.ts";
import { createSpeechContext, failSocket, type SocketScene, sendFrame } from "./speech-context.ts";

export type SocketHandler = { onMessage(message: ClientMessage): void; onClose(): void };

/** `/stream-input`: one text per socket. The first message is a single space, an empty text ends it. */
export function serveStreamInput(scene: SocketScene): SocketHandler {
  const context = createSpeechContext(scene, {});
  let [opened, ended] = [false, false];
  return {
    onMessage(message) {
      if (ended) return;
      if (!opened && message.text !== " ") {
        return failSocket(
          scene,
          "invalid_message",
          "The first message must initialise the stream: its text is a single space",
        );
      }
      if (opened && carriesSettings(message)) {
        return failSocket(scene, "invalid_message", "Settings may only be sent in the first message");
      }
      opened = true;
      if (message.text !== "") return context.take(message);
      ended = true;
      context.finish(() => {
        sendFrame(scene, { audio: null, isFinal: true, normalizedAlignment: null, alignment: null });
        scene.socket.close(1000);
      });
    },
    onClose: () => context.stop(),
  };
}
