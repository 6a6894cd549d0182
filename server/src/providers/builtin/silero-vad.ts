import type { VoiceActivityDetector } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { createEnergyVad } from "./energy-vad.ts";
import type { SileroModel } from "./silero-model.ts";
import { loadSileroModel } from "./silero-model.ts";
import type { SileroRate } from "./silero-stream.ts";
import { SileroStream, sileroRateOf, windowShapes } from "./silero-stream.ts";

/** How long a window may wait for those of other calls. */
const batchEveryMs = 12;
const maxBatch = 64;

/** The windows of all calls at one rate, judged together. */
class Batcher {
  modelFrames = 0;
  private readonly clock: Clock;
  private readonly model: SileroModel;
  private readonly rate: SileroRate;
  private readonly windowSize: number;
  private readonly inputs: Float32Array;
  private readonly probabilities = new Float32Array(maxBatch);
  private readonly states: Float32Array[] = [];
  private readonly batch: SileroStream[] = [];
  private readonly waiting = new Set<SileroStream>();
  private isScheduled = false;

  constructor(rate: SileroRate, model: SileroModel, clock: Clock) {
    this.rate = rate;
    this.model = model;
    this.clock = clock;
    const { windowSamples, contextSamples } = windowShapes[rate];
    this.windowSize = windowSamples + contextSamples;
    this.inputs = new Float32Array(maxBatch * this.windowSize);
  }

  add(stream: SileroStream): void {
    this.waiting.add(stream);
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.clock.setTimer(batchEveryMs, () => void this.judge());
  }

  /** Runs until no window waits; one promise per batch, none per frame. */
  private async judge(): Promise<void> {
    for (this.collect(); this.batch.length > 0; this.collect()) {
      const count = this.batch.length;
      this.modelFrames += count;
      const { rate: sampleRateHz, windowSize, inputs, states, probabilities } = this;
      const isJudged = await this.model.run({ sampleRateHz, count, windowSize, inputs, states, probabilities }).then(
        () => true,
        () => false,
      );
      for (let i = 0; i < count; i++) this.batch[i]?.answer(isJudged ? probabilities[i] : undefined);
    }
    this.isScheduled = false;
    for (const stream of this.waiting) if (stream.hasWaiting) return this.add(stream);
  }

  /** One window of each waiting stream: a stream's next window needs the state that this one leaves. */
  private collect(): void {
    this.batch.length = 0;
    this.states.length = 0;
    let unseen = this.waiting.size;
    for (const stream of this.waiting) {
      if (unseen-- === 0 || this.batch.length === maxBatch) break;
      if (stream.isClosed || !stream.takeWindow(this.inputs, this.batch.length * this.windowSize)) {
        this.waiting.delete(stream);
        continue;
      }
      this.batch.push(stream);
      this.states.push(stream.state);
      // Behind the others, so that more calls than fit take turns.
      this.waiting.delete(stream);
      this.waiting.add(stream);
    }
  }
}

/** Silero by the machine's own processor: one network for all calls. Throws when the optional packages cannot be loaded. */
export async function createSileroVad({ clock }: { clock: Clock }): Promise<VoiceActivityDetector> {
  const model = await loadSileroModel();
  const batchers = { 8000: new Batcher(8000, model, clock), 16_000: new Batcher(16_000, model, clock) };
  let frames = 0;
  return {
    model: "silero-v5",
    stats: () => ({ frames, modelFrames: batchers[8000].modelFrames + batchers[16_000].modelFrames }),
    open({ format, onProbability }) {
      const batcher = batchers[sileroRateOf(format)];
      return new SileroStream({
        format,
        onProbability,
        onWaiting: (stream) => batcher.add(stream),
        onFrame: () => {
          frames++;
        },
      });
    },
  };
}

/** Silero where it can be loaded, energy where not; `model` says which, and why. Never throws. */
export async function createVoiceActivity(parts: { clock: Clock }): Promise<VoiceActivityDetector> {
  try {
    return await createSileroVad(parts);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return createEnergyVad(`energy (silero cannot be loaded: ${reason})`);
  }
}
