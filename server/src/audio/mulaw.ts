/** G.711 mu-law by table: 256 entries one way, 65 536 the other. */
const bias = 0x84;
const clip = 32_635;

function expandByte(byte: number): number {
  const inverted = ~byte & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = (((inverted & 0x0f) << 3) + bias) << exponent;
  return inverted & 0x80 ? bias - magnitude : magnitude - bias;
}

function compressSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), clip) + bias;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** Sample of each mu-law byte. */
export const mulawToSample: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => expandByte(byte));

/** Mu-law byte of each sample, indexed by `sample & 0xffff`. */
export const sampleToMulaw: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, index) =>
  compressSample(index < 32_768 ? index : index - 65_536),
);

/** The byte of mu-law silence. */
export const mulawSilence = 0xff;

/** Decodes into `out` (made when absent, at least as long as `bytes`) and returns the filled part. */
export function decodeMulaw(bytes: Uint8Array, out: Int16Array = new Int16Array(bytes.length)): Int16Array {
  const length = bytes.length;
  for (let i = 0; i < length; i++) out[i] = mulawToSample[bytes[i] as number] as number;
  return out.length === length ? out : out.subarray(0, length);
}

/** Encodes into `out` (made when absent, at least as long as `samples`) and returns the filled part. */
export function encodeMulaw(samples: Int16Array, out: Uint8Array = new Uint8Array(samples.length)): Uint8Array {
  const length = samples.length;
  for (let i = 0; i < length; i++) out[i] = sampleToMulaw[(samples[i] as number) & 0xffff] as number;
  return out.length === length ? out : out.subarray(0, length);
}
