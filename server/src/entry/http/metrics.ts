/** Prometheus figures of the node, gathered where the API listens. Media processes send theirs once a second. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CallFact, MediaCounters, MediaLoad } from "../process-messages.ts";

export interface Metrics {
  onLoad(mediaIndex: number, load: MediaLoad): void;
  onFact(fact: CallFact): void;
  addRefusedWebhook(): void;
  addRefusedUpgrade(reason: string): void;
  render(): Promise<{ contentType: string; text: string }>;
}

const frameKinds = ["framesIn", "framesLate", "malformed", "oversized", "outOfOrder"] as const;
const labelOf = {
  framesIn: "in",
  framesLate: "late",
  malformed: "malformed",
  oversized: "oversized",
  outOfOrder: "out-of-order",
};

/** A restarted media process counts from nothing again; what it had is kept. */
function growth(now: number, before: number): number {
  return now >= before ? now - before : now;
}

function createInstruments() {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const live = new Gauge({
    name: "parley_live_calls",
    help: "Calls being spoken now",
    labelNames: ["media"],
    registers,
  });
  const waiting = new Gauge({
    name: "parley_waiting_calls",
    help: "Announced calls whose socket has not come",
    labelNames: ["media"],
    registers,
  });
  const calls = new Counter({
    name: "parley_calls_total",
    help: "Calls by channel and outcome",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const loopDelay = new Gauge({
    name: "parley_event_loop_delay_p99_seconds",
    help: "Lateness of the event loop",
    labelNames: ["process"],
    registers,
  });
  const frames = new Counter({
    name: "parley_media_messages_total",
    help: "Caller audio and what was wrong with it",
    labelNames: ["kind"],
    registers,
  });
  const refused = new Counter({
    name: "parley_refused_sockets_total",
    help: "Sockets closed for want of a valid token or origin",
    labelNames: ["reason"],
    registers,
  });
  const signatures = new Counter({
    name: "parley_refused_webhooks_total",
    help: "Webhooks without a valid signature",
    registers,
  });
  const recordings = new Counter({
    name: "parley_recordings_failed_total",
    help: "Recordings that the disk did not take; their calls went on",
    registers,
  });
  const firstAudio = new Histogram({
    name: "parley_first_audio_seconds",
    help: "Caller's last voiced sample to the first reply frame sent",
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10],
    registers,
  });
  return { registry, live, waiting, calls, loopDelay, frames, refused, signatures, firstAudio, recordings };
}

export function createMetrics(): Metrics {
  const { registry, live, waiting, calls, loopDelay, frames, refused, signatures, firstAudio, recordings } =
    createInstruments();
  const ownDelay = monitorEventLoopDelay({ resolution: 20 });
  ownDelay.enable();
  const before = new Map<number, MediaCounters>();

  return {
    onLoad(mediaIndex, load) {
      const media = String(mediaIndex);
      live.set({ media }, load.live);
      waiting.set({ media }, load.waiting);
      loopDelay.set({ process: `media-${media}` }, load.loopDelayP99Ms / 1000);
      const last = before.get(mediaIndex);
      for (const kind of frameKinds)
        frames.inc({ kind: labelOf[kind] }, growth(load.counters[kind], last?.[kind] ?? 0));
      recordings.inc(growth(load.counters.recordingsFailed, last?.recordingsFailed ?? 0));
      for (const [reason, count] of Object.entries(load.counters.refusedSockets)) {
        refused.inc({ reason }, growth(count, last?.refusedSockets[reason] ?? 0));
      }
      before.set(mediaIndex, load.counters);
    },
    onFact(fact) {
      if (fact.kind === "first-audio") firstAudio.observe(fact.firstAudioMs / 1000);
      if (fact.kind === "ended") calls.inc({ channel: fact.channel, outcome: fact.reason });
      if (fact.kind === "lost") calls.inc({ channel: fact.channel, outcome: "lost" });
    },
    addRefusedWebhook: () => signatures.inc(),
    addRefusedUpgrade: (reason) => refused.inc({ reason }),
    async render() {
      loopDelay.set({ process: "api" }, Math.max(0, ownDelay.percentile(99) / 1e9 - 0.02));
      ownDelay.reset();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
