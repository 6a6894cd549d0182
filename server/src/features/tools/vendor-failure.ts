/** What a failure outside says about the deed: that it was certainly not done, or nothing. */
import type { ToolOutcome } from "../../call/ports.ts";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import { cannotReach, failed, notCertain } from "./outcomes.ts";

/** Refused before anything was done. */
const refused: ReadonlySet<string> = new Set(["auth", "rate-limit", "bad-request", "content"]);

export function outcomeOfFailure(error: unknown, effect: "read" | "write"): ToolOutcome {
  if (error instanceof AppError) return failed(error.publicMessage);
  if (effect === "read" || (error instanceof ProviderError && (error.nothingDone || refused.has(error.category))))
    return cannotReach;
  return notCertain;
}
