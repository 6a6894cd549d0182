import type { AudioFormat } from "../../audio/frame.ts";
import { phoneFormat } from "../../audio/frame.ts";

export const provider = "deepgram";

export const deepgramInputFormats: readonly AudioFormat[] = [
  phoneFormat,
  ...[8000, 16_000, 24_000, 48_000].map((sampleRateHz) => ({ encoding: "pcm16", sampleRateHz }) as const),
];

export function encodingOf(format: AudioFormat): { encoding: string; sample_rate: string } {
  return { encoding: format.encoding === "mulaw" ? "mulaw" : "linear16", sample_rate: String(format.sampleRateHz) };
}
