/** An upgrade request as it stands again on the other side of a process channel. */
import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { UpgradeRequest } from "../process-messages.ts";

export function toIncomingMessage(request: UpgradeRequest, socket: Socket): IncomingMessage {
  const message = new IncomingMessage(socket);
  message.method = request.method;
  message.url = request.url;
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.headers = { ...request.headers };
  return message;
}
