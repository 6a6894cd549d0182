import type { CallStage } from "@parley/contract/call-event";
import { ProviderError } from "../../kernel/app-error.ts";
import type { CallEvents } from "../call-event.ts";

/** A stage failed: what the owner may read about it, in the vendor's own words where there are any. */
export function reportStageError(events: CallEvents, stage: CallStage, error: unknown): void {
  const known = error instanceof ProviderError ? error : undefined;
  events.emit({
    type: "stage-error",
    stage,
    provider: known?.provider ?? "parley",
    category: known?.category ?? "bug",
    permanent: known?.permanent ?? true,
    ...(known?.status === undefined ? {} : { status: known.status }),
    content: { vendorMessage: known?.vendorMessage ?? (error instanceof Error ? error.message : String(error)) },
  });
}
