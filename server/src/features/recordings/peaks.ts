/** A recording's loudness, ten points a second and voice, one byte each; shown in as few points as a page has room for. */
import type { SealedContent } from "../../platform/storage/sealed-frames.ts";
import type { SoundForm } from "./wav-range.ts";

const pointsPerSecond = 10;

/** Caller and agent by turns. */
export async function measurePeaks(content: SealedContent, sampleRateHz: number, form: SoundForm): Promise<Buffer> {
  const windowBytes = 2 * Math.floor(sampleRateHz / pointsPerSecond);
  const points = Buffer.alloc(2 * Math.ceil(content.plainBytes / windowBytes));
  let offset = 0;
  for await (const sound of content.read(0, content.plainBytes)) {
    for (let from = 0; from < sound.length; ) {
      const point = Math.floor((offset + from) / windowBytes);
      const to = Math.min(sound.length, (point + 1) * windowBytes - offset);
      const piece = sound.subarray(from, to);
      for (const channel of [0, 1]) {
        const peak = Math.round(form.peakOf(piece, channel, 2) * 255);
        points[2 * point + channel] = Math.max(points[2 * point + channel] ?? 0, peak);
      }
      from = to;
    }
    offset += sound.length;
  }
  return points;
}

/** At most `resolution` points of one voice, 0 to 1: the loudest of each stretch. */
export function drawPeaks(points: Buffer, channel: 0 | 1, resolution: number): number[] {
  const count = points.length / 2;
  const shown = Math.min(resolution, count);
  return Array.from({ length: shown }, (_, index) => {
    let peak = 0;
    const end = Math.ceil(((index + 1) * count) / shown);
    for (let at = Math.floor((index * count) / shown); at < end; at++) {
      peak = Math.max(peak, points[2 * at + channel] ?? 0);
    }
    return Math.round((peak / 255) * 1000) / 1000;
  });
}
