import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on 127.0.0.1 and tells the port; 0 or none takes a free one. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Ends open connections too. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** Without `expected` every key is right that does not begin with "invalid". */
export const createKeyCheck =
  (expected: string | undefined) =>
  (key: string | undefined): boolean =>
    expected === undefined ? key !== undefined && key !== "" && !key.startsWith("invalid") : key === expected;
