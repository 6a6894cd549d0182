import type { CallStage } from "@parley/contract/call-event";
import { ProviderError } from "../../kernel/app-error.ts";
import type { CallEvents } from "../call-event.ts";
import type { ProviderSwitch, VendorUse } from "../ports.ts";

/** A provider took over from one that failed: the owner reads both. */
export function reportSwitch(events: CallEvents, stage: CallStage): (change: ProviderSwitch) => void {
  return ({ from, to, error }) => {
    reportStageError(events, stage, error);
    events.emit({ type: "provider-switched", stage, from, to });
  };
}

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

/** What a vendor will want to be paid for. */
export function reportUsage(events: Pick<CallEvents, "emit">, stage: CallStage): (use: VendorUse) => void {
  return (use) => events.emit({ type: "usage", stage, ...use });
}
