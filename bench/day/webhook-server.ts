/** The organisation's own server: it keeps what it was told, and fails on demand. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToldEvent {
  readonly id: string;
  readonly type: string;
  readonly subjectId: string;
}

/** `refuse`: not taken. `lose`: taken, and the answer is lost. */
type WebhookFault = "none" | "refuse" | "lose";

export interface WebhookServer {
  readonly url: string;
  readonly told: readonly ToldEvent[];
  setFault(fault: WebhookFault): void;
  close(): Promise<void>;
}

export async function startWebhookServer(): Promise<WebhookServer> {
  const told: ToldEvent[] = [];
  let fault: WebhookFault = "none";
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      const now = fault;
      if (now === "refuse") return void response.writeHead(503).end();
      const { id, type, data } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
      const subjectId: unknown = data.subjectId ?? "";
      told.push({ id, type, subjectId: String(subjectId) });
      if (now === "lose") return void response.destroy();
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/hook`, told },
    setFault(next) {
      fault = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
