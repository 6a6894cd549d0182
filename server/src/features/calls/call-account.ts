/** A call's latencies, tools, documents and incidents, out of its events. */
import type { CallIncident, CallLatency, KnowledgeUse, ToolCall } from "@parley/contract/call-record";
import type { CallEvent } from "../../call/call-event.ts";

export function toLatency(events: readonly CallEvent[]): CallLatency {
  const turns = events
    .filter((event) => event.type === "turn-latency")
    .map(({ turnId, replyId, atMs, latency }) => ({ turnId, replyId, atMs, latency }));
  const byName = new Map<string, number[]>();
  for (const { latency } of turns) {
    for (const [name, value] of Object.entries(latency)) byName.set(name, [...(byName.get(name) ?? []), value]);
  }
  const stages = [...byName].map(([name, values]) => {
    const sorted = values.toSorted((left, right) => left - right);
    return [name, { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), turns: values.length }] as const;
  });
  return { turns, stages: Object.fromEntries(stages) };
}

/** Between the two nearest values, as the database's `percentile_cont` has it. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

/** In the order in which they were started. */
export function toToolCalls(events: readonly CallEvent[]): ToolCall[] {
  const byId = new Map<string, ToolCall>();
  for (const event of events) {
    if (event.type === "tool-started") {
      const { toolCallId: id, replyId, name, effect, atMs } = event;
      const open = { durationMs: null, outcome: null, output: null };
      byId.set(id, { id, replyId, name, effect, atMs, ...open, input: event.content?.input ?? null });
    }
    if (event.type === "tool-finished") {
      const { toolCallId: id, replyId, name, outcome, durationMs } = event;
      const started = byId.get(id) ?? { id, replyId, name, effect: null, atMs: event.atMs - durationMs, input: null };
      byId.set(id, { ...started, outcome, durationMs, output: event.content?.output ?? null });
    }
  }
  return [...byId.values()];
}

export function toKnowledgeUses(events: readonly CallEvent[]): KnowledgeUse[] {
  return events.flatMap((event) => {
    if (event.type !== "knowledge-used") return [];
    const { turnId, replyId, atMs, waitedMs, passages, content } = event;
    const sources = passages.map(({ sourceId, page = null, score }, index) => {
      return { sourceId, title: content?.titles[index] ?? null, page, score };
    });
    return [{ turnId, replyId, atMs, query: content?.query ?? null, waitedMs, sources }];
  });
}

export const toIncidents = (events: readonly CallEvent[]): CallIncident[] => events.flatMap(toIncident);

const nothing = { stage: null, provider: null, reason: null, remedy: null, status: null, vendorMessage: null };

function toIncident(event: CallEvent): CallIncident[] {
  const { atMs } = event;
  if (event.type === "stage-error") {
    const { type: kind, stage, provider, category: reason, status = null } = event;
    const vendorMessage = event.content?.vendorMessage ?? null;
    return [{ ...nothing, atMs, kind, stage, provider, reason, status, vendorMessage }];
  }
  if (event.type === "provider-switched") {
    const { type: kind, stage, from: provider, to: remedy } = event;
    return [{ ...nothing, atMs, kind, stage, provider, remedy }];
  }
  if (event.type === "watchdog") {
    const { type: kind, reason, recovery: remedy } = event;
    return [{ ...nothing, atMs, kind, reason, remedy }];
  }
  return [];
}
