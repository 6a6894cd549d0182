/** G.711 mu-law, written apart from the server's so that a mistake in either one shows as unreadable audio. */
const BIAS = 0x84;
const CLIP = 32_635;

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeByte(byte: number): number {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

const decodeTable = Int16Array.from({ length: 256 }, (_, byte) => decodeByte(byte));
const encodeTable = Uint8Array.from({ length: 65_536 }, (_, index) => encodeSample((index << 16) >> 16));

/** Signed 16-bit samples to mu-law bytes, one byte a sample. */
export function encodeMulaw(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = encodeTable[(samples[i] ?? 0) & 0xffff] ?? 0xff;
  return bytes;
}

/** Mu-law bytes to signed 16-bit samples. */
export function decodeMulaw(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = decodeTable[bytes[i] ?? 0xff] ?? 0;
  return samples;
}
