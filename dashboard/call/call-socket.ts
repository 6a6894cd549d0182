/** The call's socket from the browser's side: JSON both ways, sound both ways. */
import type { ClientMessage, ServerMessage } from "@parley/contract/call-socket";

export interface CallSocketEvents {
  onMessage(message: ServerMessage): void;
  onAudio(pcm: ArrayBuffer): void;
  /** Once; `clean` when the other side meant it. */
  onClose(clean: boolean): void;
}

export interface CallSocket {
  send(message: ClientMessage): void;
  sendAudio(pcm: ArrayBuffer): void;
  close(): void;
}

/** About a second of sound: beyond that the network has stopped taking it, and late speech is worse than none. */
const mostUnsentBytes = 32_000;

/** The page and the API share one origin, whatever name the server knows itself by. */
export function ownSocketUrl(socketUrl: string, pageUrl: string): string {
  const { pathname, search } = new URL(socketUrl);
  const url = new URL(pathname + search, pageUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export function openCallSocket(
  url: string,
  start: { token: string; microphone: boolean },
  events: CallSocketEvents,
): CallSocket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let closed = false;
  const finish = (clean: boolean) => {
    if (closed) return;
    closed = true;
    events.onClose(clean);
  };
  const send = (message: ClientMessage) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  socket.onopen = () => send({ type: "start", ...start });
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") events.onMessage(JSON.parse(data) as ServerMessage);
    else events.onAudio(data);
  };
  socket.onclose = ({ code }) => finish(code === 1000);
  socket.onerror = () => finish(false);
  return {
    send,
    sendAudio(pcm) {
      if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < mostUnsentBytes) socket.send(pcm);
    },
    close() {
      send({ type: "hang-up" });
      socket.close(1000);
      finish(true);
    },
  };
}
