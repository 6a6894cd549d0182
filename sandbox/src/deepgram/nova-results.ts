import { randomUUID } from "node:crypto";
import type { HeardWord } from "../voice/index.ts";
import type { NovaQuery } from "./query.ts";
import { guessLanguages, stripWord } from "./script.ts";

export type Segment = { words: readonly HeardWord[]; startMs: number; endMs: number };
export type ResultFlags = { is_final: boolean; speech_final: boolean; from_finalize?: boolean };

const CONFIDENCE = 0.98;
export const toSeconds = (ms: number): number => Math.round(ms) / 1_000;

function describeWord(word: HeardWord, formatted: boolean): object {
  const bare = {
    word: stripWord(word.text),
    start: toSeconds(word.startMs),
    end: toSeconds(word.endMs),
    confidence: CONFIDENCE,
  };
  return formatted ? { ...bare, punctuated_word: word.text } : bare;
}

/** Builds the `Results` messages of one stream. */
export function createResultsBuilder(
  query: NovaQuery,
  requestId: string,
): (segment: Segment, flags: ResultFlags) => object {
  const formatted = query.smart_format || query.punctuate;
  const metadata = {
    request_id: requestId,
    model_info: { name: `general-${query.model}`, version: "sandbox", arch: query.model },
    model_uuid: randomUUID(),
  };
  return ({ words, startMs, endMs }, flags) => {
    const texts = words.map((word) => word.text);
    const alternative = {
      transcript: texts.map((text) => (formatted ? text : stripWord(text))).join(" "),
      confidence: words.length > 0 ? CONFIDENCE : 0,
      words: words.map((word) => describeWord(word, formatted)),
      ...(query.language === "multi" ? { languages: guessLanguages(texts) } : {}),
    };
    return {
      type: "Results",
      channel_index: [0, 1],
      duration: toSeconds(endMs - startMs),
      start: toSeconds(startMs),
      from_finalize: false,
      ...flags,
      channel: { alternatives: [alternative] },
      metadata,
    };
  };
}
