/** The line to a server that cannot fail by itself: requests pass, or are lost before or after they were done. */
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { DeedFault } from "../../sandbox/src/control/deed-faults.ts";
import { createDeedFaults } from "../../sandbox/src/control/deed-faults.ts";

export interface FaultyLine {
  readonly url: string;
  setFaults(faults: readonly DeedFault[]): void;
  close(): Promise<void>;
}

/** `how` of a fault: a number is answered as it is, anything else cuts the connection. */
export async function openFaultyLine(target: string): Promise<FaultyLine> {
  const faults = createDeedFaults();
  const server = createServer((request, response) => {
    const method = request.method ?? "GET";
    const strike = (fault: DeedFault) =>
      typeof fault.how === "number" ? void response.writeHead(fault.how).end() : void response.destroy();
    const before = faults.take("before", method);
    if (before !== undefined) return strike(before);
    const onward = ask(new URL(request.url ?? "/", target), { method, headers: request.headers }, (answer) => {
      const after = faults.take("after", method);
      if (after !== undefined) {
        answer.resume();
        return strike(after);
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, setFaults: faults.set },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
