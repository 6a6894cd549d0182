/** Microphone → 20 ms frames of 16 kHz PCM16, posted to the page with their loudness. */
import { loudness, toPcm16 } from "./pcm16.ts";
import { Resampler } from "./resampler.ts";

const outputRateHz = 16_000;
const frameSamples = 320;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #resampler = new Resampler(sampleRate, outputRateHz);
  readonly #frame = new Float32Array(frameSamples);
  #filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (input) for (const sample of this.#resampler.push(input)) this.#add(sample);
    return true;
  }

  #add(sample: number): void {
    this.#frame[this.#filled++] = sample;
    if (this.#filled < frameSamples) return;
    this.#filled = 0;
    const pcm = toPcm16(this.#frame);
    this.port.postMessage({ pcm, level: loudness(this.#frame) }, [pcm]);
  }
}

registerProcessor("parley-capture", CaptureProcessor);
