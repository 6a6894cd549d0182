/** 16 kHz PCM16 from the page → the loudspeaker, through the jitter buffer. Says which marks were played. */
import { JitterBuffer } from "./jitter-buffer.ts";
import { fromPcm16, loudness } from "./pcm16.ts";
import { Resampler } from "./resampler.ts";

const inputRateHz = 16_000;
const reportEveryBlocks = 12;

type Order = { type: "audio"; pcm: ArrayBuffer } | { type: "mark"; name: string } | { type: "clear" };

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer({ rateHz: sampleRate });
  #resampler = new Resampler(inputRateHz, sampleRate);
  #blocks = 0;
  #loudest = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Order>) => this.#obey(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    for (const name of this.#buffer.pull(output)) this.port.postMessage({ type: "played", name });
    this.#loudest = Math.max(this.#loudest, loudness(output));
    if (++this.#blocks % reportEveryBlocks === 0) {
      this.port.postMessage({ type: "level", level: this.#loudest, ...this.#buffer.stats() });
      this.#loudest = 0;
    }
    return true;
  }

  #obey(order: Order): void {
    switch (order.type) {
      case "audio":
        return this.#buffer.push(this.#resampler.push(fromPcm16(order.pcm)));
      case "mark":
        return this.#buffer.mark(order.name);
      case "clear":
        // The filter still holds samples of what was dropped.
        this.#resampler = new Resampler(inputRateHz, sampleRate);
        return this.#buffer.clear();
    }
  }
}

registerProcessor("parley-playback", PlaybackProcessor);
