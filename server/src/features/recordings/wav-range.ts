/** A recording as a WAV file of 16-bit PCM, which every browser plays, made of the stored mu-law while it is read. */
import type { SealedContent } from "../../platform/storage/sealed-frames.ts";

/** What sound is made of; the feature itself does no arithmetic on it. */
export interface SoundForm {
  /** The bytes before `soundBytes` bytes of two channels of 16-bit PCM. */
  wavHeader(sampleRateHz: number, soundBytes: number): Uint8Array;
  /** Mu-law to little-endian 16-bit PCM: twice the bytes, its own memory. */
  toPcm(mulaw: Uint8Array): Uint8Array;
  /** Loudest sample of every `channels`-th byte from `first` on, 0 to 1. */
  peakOf(mulaw: Uint8Array, first: number, channels: number): number;
}

export const wavHeaderBytes = 44;

/** A mu-law byte is a sample. */
export const wavBytesOf = (soundBytes: number) => wavHeaderBytes + 2 * soundBytes;

export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/**
 * What a Range header asks of `size` bytes. Undefined: everything (no header, none we know, several ranges). "none": nothing that
 * is there.
 */
export function readRange(header: string | undefined, size: number): ByteRange | "none" | undefined {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (asked === null || (asked[1] === "" && asked[2] === "")) return undefined;
  const [first, last] = [asked[1] ?? "", asked[2] ?? ""];
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "none" : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "none" : { start, end };
}

interface WavSource {
  readonly content: SealedContent;
  readonly sampleRateHz: number;
  readonly form: SoundForm;
}

/** The bytes of `range`, a frame at a time. Throws UnsealError before the first byte that would be wrong. */
export async function* readWav(
  { content, sampleRateHz, form }: WavSource,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (range.start < wavHeaderBytes) {
    yield form.wavHeader(sampleRateHz, 2 * content.plainBytes).subarray(range.start, range.end);
  }
  const from = Math.max(0, range.start - wavHeaderBytes);
  const to = Math.max(0, range.end - wavHeaderBytes);
  const firstSample = Math.floor(from / 2);
  let at = 2 * firstSample;
  for await (const mulaw of content.read(firstSample, Math.ceil(to / 2))) {
    const pcm = form.toPcm(mulaw);
    yield pcm.subarray(Math.max(0, from - at), to - at);
    at += pcm.length;
  }
}
