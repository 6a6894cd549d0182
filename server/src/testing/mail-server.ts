/** For tests: a real SMTP server that keeps what it took, and fails on demand. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** `refuse`: nothing is taken. `lose`: it is taken, and nobody is told. */
export type MailFault = "none" | "refuse" | "lose";

export interface TakenMail {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly raw: string;
}

export interface MailServer {
  readonly url: string;
  readonly taken: readonly TakenMail[];
  /** How many it took without telling so. */
  readonly lost: () => number;
  setFault(fault: MailFault): void;
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const taken: TakenMail[] = [];
  let fault: MailFault = "none";
  let lost = 0;
  const server = new SMTPServer({
    ...{ hideSTARTTLS: true, authOptional: true, disabledCommands: ["AUTH"] },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const now = fault;
        const comeLater = Object.assign(new Error("come later"), { responseCode: 451 });
        if (now === "refuse") return done(comeLater);
        const raw = Buffer.concat(pieces).toString("utf8");
        const messageId = /^message-id:\s*<([^>]+)>/im.exec(raw)?.[1] ?? "";
        taken.push({ messageId, to: session.envelope.rcptTo.map(({ address }) => address), raw });
        if (now !== "lose") return done();
        lost++;
        done(comeLater);
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    ...{ url: `smtp://127.0.0.1:${port}`, taken, lost: () => lost },
    setFault(next) {
      fault = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
