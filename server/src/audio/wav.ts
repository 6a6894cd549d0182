import type { AudioFormat } from "./frame.ts";
import { bytesPerSample } from "./frame.ts";

export interface WavHeader {
  readonly format: AudioFormat;
  /** Where the samples begin. */
  readonly dataOffset: number;
  /** Bytes of samples; what follows the header when the writer did not know (streams say 0 or 2^32 − 1 or thereabouts). */
  readonly dataLength: number;
}

const mulawTag = 7;
const pcmTag = 1;
const extensibleTag = 0xfffe;

function readTag(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  );
}

function readFormat(view: DataView, offset: number, length: number): AudioFormat {
  const tag = view.getUint16(offset, true);
  const encodingTag = tag === extensibleTag && length >= 26 ? view.getUint16(offset + 24, true) : tag;
  const channels = view.getUint16(offset + 2, true);
  const bits = view.getUint16(offset + 14, true);
  if (channels !== 1) throw new Error(`WAV: ${channels} channels; only mono can be read.`);
  const sampleRateHz = view.getUint32(offset + 4, true);
  if (encodingTag === mulawTag && bits === 8) return { encoding: "mulaw", sampleRateHz };
  if (encodingTag === pcmTag && bits === 16) return { encoding: "pcm16", sampleRateHz };
  throw new Error(`WAV: format ${encodingTag} with ${bits} bits; only 16-bit PCM and mu-law can be read.`);
}

/**
 * Reads the header of a WAV file or of its beginning. Returns undefined when more bytes are needed; throws an Error that
 * says what is wrong when it is no mono 16-bit PCM or mu-law WAV.
 */
export function parseWavHeader(bytes: Uint8Array): WavHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) return undefined;
  if (readTag(view, 0) !== "RIFF" || readTag(view, 8) !== "WAVE")
    throw new Error("WAV: the file does not begin with RIFF/WAVE.");
  let format: AudioFormat | undefined;
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const tag = readTag(view, offset);
    const length = view.getUint32(offset + 4, true);
    const body = offset + 8;
    if (tag === "data") {
      if (!format) throw new Error("WAV: the samples come before their format.");
      const known = length > 0 && length < 0x7ffff000;
      return { format, dataOffset: body, dataLength: known ? length : Math.max(0, bytes.length - body) };
    }
    if (tag === "fmt ") {
      if (length < 16) throw new Error("WAV: the format chunk is too short.");
      if (body + length > bytes.length) return undefined;
      format = readFormat(view, body, length);
    }
    offset = body + length + (length % 2);
  }
  return undefined;
}

/** The 44 bytes that go before `dataLength` bytes of samples, of one channel unless told. */
export function makeWavHeader(format: AudioFormat, dataLength: number, channels = 1): Uint8Array {
  const header = new Uint8Array(44);
  const view = new DataView(header.buffer);
  const sampleBytes = bytesPerSample(format);
  const frameBytes = channels * sampleBytes;
  const writeTag = (offset: number, tag: string) => {
    for (let i = 0; i < 4; i++) header[offset + i] = tag.charCodeAt(i);
  };
  writeTag(0, "RIFF");
  view.setUint32(4, 36 + dataLength, true);
  writeTag(8, "WAVE");
  writeTag(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, format.encoding === "mulaw" ? mulawTag : pcmTag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, format.sampleRateHz, true);
  view.setUint32(28, format.sampleRateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, sampleBytes * 8, true);
  writeTag(36, "data");
  view.setUint32(40, dataLength, true);
  return header;
}
