/** The life of a child process: waits for its orders, runs its role, and goes when the supervisor does. */

import { createProcessLink, type ProcessLink } from "../entry/process-link.ts";
import { AppError } from "../kernel/app-error.ts";
import type { ProcessInit } from "./init-message.ts";

/** What a child has to write before it goes. */
const lastWritesMs = 4000;

/** `start` returns what ends the role. */
export function runChild(start: (init: ProcessInit, link: ProcessLink) => Promise<() => Promise<void>>): void {
  const link = createProcessLink(process);
  let end: () => Promise<void> = () => Promise.resolve();
  // Ctrl-C reaches the whole group; the supervisor decides when its children go.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.once("disconnect", () => {
    link.close();
    setTimeout(() => process.exit(0), lastWritesMs).unref();
    void end().finally(() => process.exit(0));
  });
  link.onNotice("init", (init) => {
    start(init as ProcessInit, link).then(
      (stop) => {
        end = stop;
      },
      (error: unknown) => {
        const message =
          error instanceof AppError ? error.publicMessage : String(error instanceof Error ? error.stack : error);
        link.notify("fatal", { message });
        setTimeout(() => process.exit(1), 50);
      },
    );
  });
}
