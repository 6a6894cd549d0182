/** A caller's words as full text is asked for them. */
import { searchWords as spelledWords } from "../../../kernel/search-words.ts";
import { wordsAskedFor } from "./ask-words.ts";
import { formsOf, wordsWithForms } from "./normalise-words.ts";

export interface QuestionWord {
  /** Any of these; as `tsquery`. */
  readonly query: string;
  /** The same, in a heading. */
  readonly heading: string;
  /** A word that was not said, see `ask-words.ts`. */
  readonly isImplied: boolean;
}

/** More words than this make no question; the longest ones are the rarest. */
const maxWords = 16;

/** In no order; empty when the text asks for nothing that could be looked up. */
export function questionWords(text: string, language: string): QuestionWord[] {
  const said = new Map<string, readonly string[]>();
  for (const forms of wordsWithForms(text, language)) said.set(forms[0], forms);
  const words = [...said.values()].sort((a, b) => (b[0]?.length ?? 0) - (a[0]?.length ?? 0)).slice(0, maxWords);
  const taken = new Set(words.flat());
  const implied = wordsAskedFor(spelledWords(text))
    .map(formsOf)
    .filter((forms) => !forms.some((form) => taken.has(form)));
  return [
    ...words.map((forms) => toWord(forms, false)),
    // One of them is enough: a document has one word for it.
    ...(implied.length === 0 ? [] : [toWord([...new Set(implied.flat())], true)]),
  ];
}

function toWord(forms: readonly string[], isImplied: boolean): QuestionWord {
  return {
    query: forms.map((form) => `'${form}'`).join("|"),
    heading: forms.map((form) => `'${form}':AB`).join("|"),
    isImplied,
  };
}
