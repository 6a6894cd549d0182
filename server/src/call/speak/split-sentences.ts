/** Cuts a reply that is still being written into pieces a voice can start on, as early as is safe. */
import { judgeBoundary } from "./sentence-boundary.ts";

export interface SentenceSplitterOptions {
  /** The first piece may be a clause (comma, colon, dash …) once it has this many characters. */
  readonly firstMinChars: number;
  /** Later pieces are whole sentences; shorter ones are joined with the next. */
  readonly minChars: number;
  /** No piece is longer; it is cut at its last sentence, clause or space. */
  readonly maxChars: number;
}

export interface SentenceSplitter {
  /** Takes the next piece of text, of any size; returns the segments that became certain, trimmed. */
  push(delta: string): string[];
  /** The text is over: returns what is left and starts afresh, with a first segment again. */
  flush(): string[];
}

/** What the running segment offers for a cut: indexes just after the place, 0 where there is none. */
interface CutPlaces {
  sentence: number;
  clause: number;
  space: number;
}

/** A first segment never waits longer than this many times `firstMinChars` for a punctuation mark. */
const firstMaxFactor = 4;

/**
 * Joined, the segments equal the text but for white space at the joints, and they do not depend on how the text was cut
 * into deltas. Work is linear in the text.
 */
export function createSentenceSplitter(options: SentenceSplitterOptions): SentenceSplitter {
  let text = "";
  let position = 0;
  let isFirst = true;
  let hasWords = false;
  let linkDepth = 0;
  let listNumber = 0;
  let places: CutPlaces = { sentence: 0, clause: 0, space: 0 };

  function emit(end: number, out: string[]): void {
    const segment = text.slice(0, end).trim();
    text = text.slice(end);
    position = 0;
    if (segment !== "") {
      out.push(segment);
      isFirst = false;
    }
    hasWords = false;
    linkDepth = 0;
    places = { sentence: 0, clause: 0, space: 0 };
  }

  function cutLongSegment(maxChars: number, out: string[]): void {
    const clause = places.clause > maxChars / 3 ? places.clause : 0;
    const end = places.sentence || clause || places.space || wholeCharacterEnd(text, maxChars);
    emit(end, out);
  }

  /** Returns the end of a segment to emit, or 0. */
  function acceptBoundary(kind: "clause" | "sentence", end: number): number {
    if (kind === "sentence") places.sentence = end;
    else places.clause = end;
    if (!hasWords || (linkDepth > 0 && text[end - 1] !== "\n")) return 0;
    if (isFirst) return kind === "sentence" || end >= options.firstMinChars ? end : 0;
    return kind === "sentence" && end >= options.minChars ? end : 0;
  }

  /** Judges the character at `position`. Returns false when the next delta is needed to go on. */
  function step(isLast: boolean, out: string[]): boolean {
    const char = text[position] ?? "";
    if (position === 0 && isSpace(char)) {
      text = text.slice(1);
      return true;
    }
    linkDepth = nextLinkDepth(text, position, linkDepth);
    if (isSpace(char)) places.space = position + 1;
    else if (!hasWords && wordCharacter.test(char)) hasWords = true;
    const verdict = judgeBoundary(text, position, { isLast, listNumber });
    if (verdict.kind === "wait") return false;
    if (verdict.listNumber !== undefined) listNumber = verdict.listNumber;
    const end = verdict.kind === "none" ? 0 : acceptBoundary(verdict.kind, verdict.end);
    const maxChars = isFirst ? Math.min(options.maxChars, options.firstMinChars * firstMaxFactor) : options.maxChars;
    if (end > 0 && end <= maxChars) {
      emit(end, out);
      return true;
    }
    position = verdict.kind === "none" ? position + 1 : Math.max(position + 1, verdict.end);
    if (position > maxChars) cutLongSegment(maxChars, out);
    return true;
  }

  function scan(isLast: boolean): string[] {
    const out: string[] = [];
    while (position < text.length) {
      if (!step(isLast, out)) break;
    }
    return out;
  }

  return {
    push(delta) {
      text += delta;
      return scan(false);
    },
    flush() {
      const out = scan(true);
      emit(text.length, out);
      isFirst = true;
      listNumber = 0;
      return out;
    },
  };
}

const wordCharacter = /[\p{L}\p{N}]/u;

function isSpace(char: string): boolean {
  return char === " " || char === "\n" || char === "\t" || char === "\r" || char === "\u00a0";
}

/** Inside `[label](address)` nothing is cut: half a link cannot be read aloud. 1 in the label, 2 in the address. */
function nextLinkDepth(text: string, at: number, depth: number): number {
  const char = text[at];
  if (char === "\n") return 0;
  if (depth === 0) return char === "[" ? 1 : 0;
  if (char === "(" && text[at - 1] === "]") return 2;
  if (depth === 2) return char === ")" ? 0 : 2;
  return text[at - 1] === "]" ? 0 : 1;
}

/** Never cuts a character of two UTF-16 units in half. */
function wholeCharacterEnd(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit <= 0xdbff && end > 1 ? end - 1 : end;
}
