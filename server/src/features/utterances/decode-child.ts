/**
 * A process of its own that decodes one file and ends: a stranger's file that exhausts memory or never ends takes nobody with it.
 * In: the file, on standard input. Out: a line of JSON, then 16-bit mono samples. It holds no key and opens nothing.
 */
import decode from "audio-decode";
import { fileTypeFromBuffer } from "file-type";

/** A small bite bounds what a bomb can blow up to before it is seen: the longest Opus packets make 4 KiB into 100 MB. */
const biteBytes = 4096;

type Codec = "wav" | "mp3" | "opus" | "oga" | "webm";

const codecs: Readonly<Record<string, Codec>> = {
  ...{ wav: "wav", mp3: "mp3", opus: "opus", ogg: "oga", oga: "oga", webm: "webm", mkv: "webm" },
};

async function readInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function* bites(file: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += biteBytes) yield file.subarray(at, at + biteBytes);
}

/** All channels as one. */
function mix(channels: readonly Float32Array[]): Int16Array {
  const samples = new Int16Array(channels[0]?.length ?? 0);
  for (let index = 0; index < samples.length; index++) {
    let sum = 0;
    for (const channel of channels) sum += channel[index] ?? 0;
    const value = (sum / channels.length) * 32_767;
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
  }
  return samples;
}

interface Decoded {
  readonly sampleRateHz: number;
  readonly samples: Buffer;
}

async function decodeAll(file: Buffer, codec: Codec, maxMs: number): Promise<Decoded | "too-long"> {
  const pieces: Buffer[] = [];
  let sampleRateHz = 0;
  let count = 0;
  for await (const { channelData, sampleRate } of decode(bites(file), codec)) {
    if (channelData.length > 8) throw new Error("too many channels");
    const samples = mix(channelData);
    sampleRateHz = sampleRate;
    count += samples.length;
    if ((count / sampleRateHz) * 1000 > maxMs) return "too-long";
    pieces.push(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  }
  return { sampleRateHz, samples: Buffer.concat(pieces) };
}

async function main(): Promise<void> {
  const file = await readInput();
  const answer = (head: object, samples?: Buffer) => {
    process.stdout.write(`${JSON.stringify(head)}\n`);
    if (samples !== undefined) process.stdout.write(samples);
  };
  const codec = codecs[(await fileTypeFromBuffer(file))?.ext ?? ""];
  if (codec === undefined) return answer({ fault: "unknown" });
  const decoded = await decodeAll(file, codec, Number(process.argv[2])).catch(() => undefined);
  if (decoded === "too-long") return answer({ fault: "too-long" });
  const isSound = decoded !== undefined && decoded.samples.length > 0 && decoded.sampleRateHz >= 4000;
  if (!isSound || decoded.sampleRateHz > 192_000) return answer({ fault: "broken" });
  answer({ sampleRateHz: decoded.sampleRateHz }, decoded.samples);
}

await main();
