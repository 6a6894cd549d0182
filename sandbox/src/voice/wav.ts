import { decodeMulaw } from "./mulaw.ts";
import { decodePcm16, encodePcm16 } from "./pcm.ts";

export type WavAudio = { samples: Int16Array; sampleRateHz: number; channels: number };

const PCM = 1;
const MULAW = 7;

function readTag(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

/** A 16-bit PCM wav file; several channels are interleaved in `samples`. */
export function writeWav(audio: { samples: Int16Array; sampleRateHz: number; channels?: number }): Uint8Array {
  const channels = audio.channels ?? 1;
  const data = encodePcm16(audio.samples);
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const tag = (offset: number, text: string): void => file.set(Buffer.from(text, "latin1"), offset);
  tag(0, "RIFF");
  view.setUint32(4, 36 + data.length, true);
  tag(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, audio.sampleRateHz, true);
  view.setUint32(28, audio.sampleRateHz * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  tag(36, "data");
  view.setUint32(40, data.length, true);
  file.set(data, 44);
  return file;
}

/** Reads 16-bit PCM and mu-law wav files (interleaved channels); throws with the reason for anything else. */
export function readWav(file: Uint8Array): WavAudio {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || readTag(view, 0) !== "RIFF" || readTag(view, 8) !== "WAVE") {
    throw new Error("not a wav file: it must begin with RIFF … WAVE");
  }
  let format: { code: number; channels: number; sampleRateHz: number; bits: number } | undefined;
  for (let offset = 12; offset + 8 <= file.length; ) {
    const tag = readTag(view, offset);
    const length = Math.min(view.getUint32(offset + 4, true), file.length - offset - 8);
    const body = file.subarray(offset + 8, offset + 8 + length);
    if (tag === "fmt ") {
      const fmt = new DataView(body.buffer, body.byteOffset, body.byteLength);
      format = {
        code: fmt.getUint16(0, true),
        channels: fmt.getUint16(2, true),
        sampleRateHz: fmt.getUint32(4, true),
        bits: fmt.getUint16(14, true),
      };
    }
    if (tag === "data" && format) return decodeData(body, format);
    offset += 8 + length + (length & 1);
  }
  throw new Error("wav file without a fmt chunk followed by a data chunk");
}

function decodeData(
  body: Uint8Array,
  format: { code: number; channels: number; sampleRateHz: number; bits: number },
): WavAudio {
  const { channels, sampleRateHz } = format;
  if (format.code === MULAW) return { samples: decodeMulaw(body), sampleRateHz, channels };
  if (format.code === PCM && format.bits === 16) return { samples: decodePcm16(body), sampleRateHz, channels };
  throw new Error(`wav format ${format.code} with ${format.bits} bits is not read here: use 16-bit PCM or mu-law`);
}
