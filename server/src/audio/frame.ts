/** How samples are laid out: mono, either G.711 mu-law (1 byte a sample) or 16-bit little-endian PCM (2 bytes). */
export interface AudioFormat {
  readonly encoding: "mulaw" | "pcm16";
  readonly sampleRateHz: number;
}

/** The length of a frame on every transport. */
export const frameDurationMs = 20;

export const browserFormat: AudioFormat = { encoding: "pcm16", sampleRateHz: 16_000 };

export const phoneFormat: AudioFormat = { encoding: "mulaw", sampleRateHz: 8000 };

export function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.encoding === b.encoding && a.sampleRateHz === b.sampleRateHz;
}

export function bytesPerSample(format: AudioFormat): number {
  return format.encoding === "mulaw" ? 1 : 2;
}

/** Bytes that last `durationMs`, rounded down to whole samples. */
export function bytesForDuration(format: AudioFormat, durationMs: number): number {
  return Math.floor((format.sampleRateHz * durationMs) / 1000) * bytesPerSample(format);
}

/** Milliseconds that `byteLength` bytes last. */
export function durationOfBytes(format: AudioFormat, byteLength: number): number {
  return (byteLength / bytesPerSample(format) / format.sampleRateHz) * 1000;
}
