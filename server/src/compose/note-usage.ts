/** What vendors were asked for outside a live call, as lines of the account. */
import type { UsageUnit } from "@parley/contract/usage";
import type { VendorUse } from "../call/ports.ts";
import type { NoteUsage } from "../features/analysis/index.ts";
import { createUsageMeter } from "../features/usage/index.ts";
import { clock } from "./stores.ts";

function quantitiesOf(use: VendorUse): readonly (readonly [UsageUnit, number])[] {
  const cached = use.cachedInputTokens ?? 0;
  return [
    ["input-tokens", Math.max(0, (use.inputTokens ?? 0) - cached)],
    ["cached-input-tokens", cached],
    ["output-tokens", use.outputTokens ?? 0],
    ["voice-characters", use.characters ?? 0],
    ["recogniser-seconds", (use.audioMs ?? 0) / 1000],
  ];
}

interface Line {
  readonly provider: string;
  readonly model: string;
  readonly unit: UsageUnit;
  readonly paidBy: "installation" | "organization";
  readonly estimated: boolean;
  readonly quantity: number;
}

/** A line for each vendor and unit, whatever the number of requests. */
function linesOf(uses: readonly VendorUse[]): Line[] {
  const lines = new Map<string, Line>();
  for (const use of uses) {
    const { provider, model } = use;
    const paidBy = use.ownKey ? "organization" : "installation";
    for (const [unit, quantity] of quantitiesOf(use)) {
      if (quantity === 0) continue;
      const key = JSON.stringify([provider, model, unit, paidBy]);
      const before = lines.get(key);
      const estimated = (before?.estimated ?? false) || use.estimated === true;
      const sum = (before?.quantity ?? 0) + quantity;
      lines.set(key, { ...{ provider, model, unit, paidBy, estimated }, quantity: sum });
    }
  }
  return [...lines.values()];
}

export function createNoteUsage(): NoteUsage {
  const meter = createUsageMeter({ clock });
  return async (tx, { orgId, subject, source, call, uses }) => {
    const lines = linesOf(uses);
    if (lines.length === 0) return;
    const about = call && { ...call, callId: call.id };
    const { callId, agentId, agentName, channel, direction } = about ?? {};
    const ofCall = callId === undefined ? {} : { callId, agentId, agentName, channel, direction };
    const entries = lines.map((line) => {
      return { ...ofCall, subject, source, ...line, quantity: line.quantity.toFixed(3), atMs: clock.wallNow() };
    });
    await meter.add(tx, orgId, entries as Parameters<typeof meter.add>[2]);
  };
}
