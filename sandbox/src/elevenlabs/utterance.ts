import { encodeMulaw, encodePcm16, synthesize, type VoiceName } from "../voice/index.ts";
import type { OutputFormat } from "./query.ts";

export type Alignment = { charStartTimesMs: number[]; charDurationsMs: number[]; chars: string[] };
type TimedChar = { char: string; startMs: number; durationMs: number };

/** A text turned into sound: bytes in the format asked for, and where each character lies in it. */
export type Utterance = { bytes: Uint8Array; bytesPerMs: number; durationMs: number; chars: readonly TimedChar[] };

function timeChars(words: readonly { text: string; startMs: number; endMs: number }[]): TimedChar[] {
  return words.flatMap((word, index) => {
    const letters = Array.from(word.text);
    const each = (word.endMs - word.startMs) / letters.length;
    const next = words[index + 1]?.startMs ?? word.endMs;
    return [
      ...letters.map((char, i) => ({ char, startMs: word.startMs + i * each, durationMs: each })),
      { char: " ", startMs: word.endMs, durationMs: next - word.endMs },
    ];
  });
}

/** Speaks a text. `language` chooses the espeak voice. */
export async function makeUtterance(
  text: string,
  options: { format: OutputFormat; language: string; voice: VoiceName },
): Promise<Utterance> {
  const { encoding, sampleRateHz } = options.format;
  const { samples, words } = await synthesize({ text, language: options.language, sampleRateHz, voice: options.voice });
  const bytes = encoding === "ulaw" ? encodeMulaw(samples) : encodePcm16(samples);
  const bytesPerMs = (sampleRateHz * (encoding === "ulaw" ? 1 : 2)) / 1_000;
  return { bytes, bytesPerMs, durationMs: (samples.length * 1_000) / sampleRateHz, chars: timeChars(words) };
}

/** The characters that begin in the piece, with times from the piece's own start. */
export function alignPiece(utterance: Utterance, fromMs: number, toMs: number): Alignment {
  const inside = utterance.chars.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
  return {
    charStartTimesMs: inside.map(({ startMs }) => Math.round(startMs - fromMs)),
    charDurationsMs: inside.map(({ durationMs }) => Math.round(durationMs)),
    chars: inside.map(({ char }) => char),
  };
}

export type Piece = { bytes: Uint8Array; fromMs: number; toMs: number };

/** Cuts an utterance into pieces of `chunkMs`, at whole samples. */
export function cutPieces(utterance: Utterance, chunkMs: number): Piece[] {
  const step = Math.max(2, Math.round(chunkMs * utterance.bytesPerMs) & ~1);
  const pieces: Piece[] = [];
  for (let at = 0; at < utterance.bytes.length; at += step) {
    const bytes = utterance.bytes.subarray(at, at + step);
    pieces.push({ bytes, fromMs: at / utterance.bytesPerMs, toMs: (at + bytes.length) / utterance.bytesPerMs });
  }
  return pieces;
}
