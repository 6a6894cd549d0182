import type { AudioFormat } from "./frame.ts";
import { bytesPerSample, sameFormat } from "./frame.ts";
import { decodeMulaw, encodeMulaw } from "./mulaw.ts";
import { createResampler } from "./resample.ts";

export type Converter = (chunk: Uint8Array) => Uint8Array;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The samples of PCM16 bytes; a view where alignment allows, else a copy. A last odd byte is left out. */
export function samplesOfPcm(bytes: Uint8Array): Int16Array {
  const length = bytes.length >> 1;
  if (littleEndian && bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  const samples = new Int16Array(length);
  for (let i = 0; i < length; i++) samples[i] = (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8);
  return samples;
}

/** The bytes of samples, little-endian; a view where the machine is. */
export function bytesOfSamples(samples: Int16Array): Uint8Array {
  if (littleEndian) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const bytes = new Uint8Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    bytes[2 * i] = sample & 0xff;
    bytes[2 * i + 1] = (sample >> 8) & 0xff;
  }
  return bytes;
}

/** Joins a byte left over from the chunk before, so that samples cut in two by the network stay whole. */
function createSampleAligner(): Converter {
  let carried: number | undefined;
  return (chunk) => {
    let whole = chunk;
    if (carried !== undefined) {
      whole = new Uint8Array(chunk.length + 1);
      whole[0] = carried;
      whole.set(chunk, 1);
      carried = undefined;
    }
    if (whole.length % 2 === 0) return whole;
    carried = whole[whole.length - 1] as number;
    return whole.subarray(0, whole.length - 1);
  };
}

/**
 * One stream's converter between formats. It keeps state: use one per stream and feed it in order. Equal formats pass the
 * same bytes (PCM: in whole samples). What it returns belongs to the caller.
 */
export function createConverter(from: AudioFormat, to: AudioFormat): Converter {
  const align = bytesPerSample(from) === 2 ? createSampleAligner() : (chunk: Uint8Array) => chunk;
  if (sameFormat(from, to)) return align;
  const resampler =
    from.sampleRateHz === to.sampleRateHz ? undefined : createResampler(from.sampleRateHz, to.sampleRateHz);
  let decoded = new Int16Array(0);
  let resampled = new Int16Array(0);

  const toSamples = (chunk: Uint8Array): Int16Array => {
    if (from.encoding === "pcm16") return samplesOfPcm(chunk);
    const outlives = !resampler && to.encoding === "pcm16";
    if (outlives) return decodeMulaw(chunk);
    if (decoded.length < chunk.length) decoded = new Int16Array(chunk.length);
    return decodeMulaw(chunk, decoded);
  };
  const resample = (samples: Int16Array): Int16Array => {
    if (!resampler) return samples;
    if (to.encoding === "pcm16") return resampler.process(samples);
    const room = resampler.maxOutput(samples.length);
    if (resampled.length < room) resampled = new Int16Array(room);
    return resampler.process(samples, resampled);
  };
  return (chunk) => {
    const samples = resample(toSamples(align(chunk)));
    return to.encoding === "mulaw" ? encodeMulaw(samples) : bytesOfSamples(samples);
  };
}
