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
  let scanner = new SegmentScanner(options);
  return {
    push: (delta) => scanner.scan(delta, false),
    flush() {
      const out = scanner.scan("", true);
      scanner = new SegmentScanner(options);
      return out;
    },
  };
}

class SegmentScanner {
  readonly #options: SentenceSplitterOptions;
  /** What has not been emitted; begins with the running segment. */
  #text = "";
  #position = 0;
  #isFirst = true;
  #hasWords = false;
  #linkDepth = 0;
  #listNumber = 0;
  #places: CutPlaces = { sentence: 0, clause: 0, space: 0 };
  #out: string[] = [];

  constructor(options: SentenceSplitterOptions) {
    this.#options = options;
  }

  scan(delta: string, isLast: boolean): string[] {
    this.#out = [];
    this.#text += delta;
    while (this.#position < this.#text.length && this.#step(isLast));
    if (isLast) this.#emit(this.#text.length);
    return this.#out;
  }

  /** Judges the character at the position. False: the next delta is needed to go on. */
  #step(isLast: boolean): boolean {
    const at = this.#position;
    const char = this.#text[at] ?? "";
    if (at === 0 && isSpace(char)) {
      this.#text = this.#text.slice(1);
      return true;
    }
    const verdict = judgeBoundary(this.#text, at, { isLast, listNumber: this.#listNumber });
    if (verdict.kind === "wait") return false;
    this.#linkDepth = nextLinkDepth(this.#text, at, this.#linkDepth);
    if (isSpace(char)) this.#places.space = at + 1;
    else if (!this.#hasWords) this.#hasWords = wordCharacter.test(char);
    if (verdict.listNumber !== undefined) this.#listNumber = verdict.listNumber;
    const end = verdict.kind === "none" ? 0 : this.#accept(verdict.kind, verdict.end);
    const maxChars = this.#maxChars();
    if (end > 0 && end <= maxChars) {
      this.#emit(end);
      return true;
    }
    this.#position = verdict.kind === "none" ? at + 1 : Math.max(at + 1, verdict.end);
    if (this.#position > maxChars) this.#emit(this.#cutPlace(maxChars));
    return true;
  }

  /** Notes a boundary; returns its end when the segment may be emitted there, else 0. */
  #accept(kind: "clause" | "sentence", end: number): number {
    if (end <= this.#maxChars()) this.#places[kind] = end;
    if (!this.#hasWords || (this.#linkDepth > 0 && this.#text[end - 1] !== "\n")) return 0;
    if (this.#isFirst) return kind === "sentence" || end >= this.#options.firstMinChars ? end : 0;
    return kind === "sentence" && end >= this.#options.minChars ? end : 0;
  }

  #maxChars(): number {
    const { maxChars, firstMinChars } = this.#options;
    return this.#isFirst ? Math.min(maxChars, firstMinChars * firstMaxFactor) : maxChars;
  }

  #cutPlace(maxChars: number): number {
    const { sentence, clause, space } = this.#places;
    return sentence || (clause > maxChars / 3 ? clause : 0) || space || wholeCharacterEnd(this.#text, maxChars);
  }

  #emit(end: number): void {
    const segment = this.#text.slice(0, end).trim();
    this.#text = this.#text.slice(end);
    this.#position = 0;
    if (segment !== "") {
      this.#out.push(segment);
      this.#isFirst = false;
    }
    this.#hasWords = false;
    this.#linkDepth = 0;
    this.#places = { sentence: 0, clause: 0, space: 0 };
  }
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
