/** For tests: somebody's server that is told by webhooks. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedWebhook {
  readonly body: string;
  readonly signature: string;
  readonly id: string;
  readonly type: string;
  readonly callId: string;
}

type Answer = number | "never";

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** Taken and not yet answered, at most at one time. */
  mostAtOnce(): number;
}

/** Answers each event with a status, at once or later; `never` hangs until it is disposed. */
export async function startReceiver(
  answer: (event: ReceivedWebhook) => Answer | Promise<Answer> = () => 200,
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const held = { now: 0, most: 0 };
  const take = async (event: ReceivedWebhook, response: ServerResponse) => {
    received.push(event);
    held.most = Math.max(held.most, ++held.now);
    response.on("close", () => held.now--);
    const status = await answer(event);
    if (status !== "never") response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("noted");
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      void take(readEvent(body, String(request.headers["parley-signature"])), response);
    });
  });
  const url = await listenLocally(server);
  return {
    ...{ url, received },
    mostAtOnce: () => held.most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function listenLocally(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

function readEvent(body: string, signature: string): ReceivedWebhook {
  const { id, type, data } = JSON.parse(body) as { id: string; type: string; data: { callId?: string } };
  return { body, signature, id, type, callId: data.callId ?? "" };
}
