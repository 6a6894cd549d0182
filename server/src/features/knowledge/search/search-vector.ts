/** A chunk's words as PostgreSQL's full text keeps them. */
import { type WordForms, wordsWithForms } from "./normalise-words.ts";

export interface ChunkText {
  /** The headings it stands under. */
  readonly heading: string;
  readonly text: string;
  /** BCP-47. */
  readonly language: string;
}

/** PostgreSQL counts no further. */
const lastPlace = 16_383;
const maxPlacesPerWord = 32;

/**
 * For `knowledge_chunks.words`: `${searchVector(chunk)}::tsvector`. Headings weigh A, the text's own words C, their other forms D.
 */
export function searchVector({ heading, text, language }: ChunkText): string {
  const places = new Map<string, string[]>();
  const note = (word: string, place: string) => {
    const noted = places.get(word);
    if (noted === undefined) places.set(word, [place]);
    else if (noted.length < maxPlacesPerWord) noted.push(place);
  };
  let place = 0;
  const noteAll = (words: readonly WordForms[], weights: readonly [string, string]) => {
    for (const [spelled, ...others] of words) {
      place = Math.min(place + 1, lastPlace);
      note(spelled, `${place}${weights[0]}`);
      for (const other of others) note(other, `${place}${weights[1]}`);
    }
  };
  noteAll(wordsWithForms(heading, language), ["A", "B"]);
  noteAll(wordsWithForms(text, language), ["C", ""]);
  // Words are letters and digits alone, so nothing in them needs to be escaped.
  return [...places].map(([word, noted]) => `'${word}':${noted.join(",")}`).join(" ");
}
