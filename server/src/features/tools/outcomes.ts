/** How tools answer. */
import type { ToolOutcome } from "../../call/ports.ts";

export const ok = (output: unknown): ToolOutcome => ({ status: "ok", output });
/** Nothing was done. `publicMessage` may be told to the caller. */
export const failed = (publicMessage: string): ToolOutcome => ({ status: "failed", publicMessage });

export const notCertain: ToolOutcome = {
  status: "uncertain",
  publicMessage:
    "Nobody knows yet whether this was done: the other system did not answer. Do not say that it is done, and do not try again. Say that somebody will look after it.",
};

export const cannotReach = failed(
  "The system cannot be reached right now. Apologise, and offer that someone calls back.",
);
