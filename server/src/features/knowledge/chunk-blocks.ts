/**
 * Blocks of a document as chunks that can be found and quoted alone: each stands under its headings, none ends inside a sentence, and each
 * piece of a table begins with the table's head.
 */
import { type Block, DocumentError } from "./reading/block.ts";

export interface Chunk {
  /** Outermost first, `Prices › Fillings`; empty where there is none. */
  readonly heading: string;
  /** A table is lines of `| cell | cell |`, the head first. Paragraphs are lines too. */
  readonly text: string;
  readonly pageNumber: number | null;
  /** BCP-47. */
  readonly language: string;
}

const aimWords = 250;
const maxWords = 350;
const maxCellLetters = 2000;
/** Of a table's row: its head stands at the top of every piece. */
const maxRowLetters = 4000;
/** Some languages write no blanks, and some documents write nothing else: so many letters count as a word. */
const lettersPerWord = 16;
const maxChunks = 20_000;
const headingSeparator = " › ";

/** `language`: of the document, where its letters do not say otherwise. Throws DocumentError `too-long`. */
export function chunkBlocks(blocks: readonly Block[], language: string): Chunk[] {
  const chunker = new Chunker(language);
  for (const block of blocks) chunker.add(block);
  return chunker.end();
}

class Chunker {
  readonly #language: string;
  readonly #sentences: Intl.Segmenter;
  readonly #chunks: Chunk[] = [];
  readonly #headings: string[] = [];
  #lines: string[] = [];
  #words = 0;
  #page: number | null = null;

  constructor(language: string) {
    this.#language = language;
    this.#sentences = new Intl.Segmenter(language, { granularity: "sentence" });
  }

  add(block: Block): void {
    if (block.kind === "heading") {
      this.#flush();
      this.#headings.length = Math.min(this.#headings.length, block.level - 1);
      while (this.#headings.length < block.level - 1) this.#headings.push("");
      this.#headings.push(block.text.slice(0, 300));
      return;
    }
    if (this.#page !== (block.page ?? null) && this.#words > 0) this.#flush();
    this.#page = block.page ?? null;
    if (block.kind === "table") this.#addTable(block.rows);
    else this.#addText(block.text);
  }

  end(): Chunk[] {
    this.#flush();
    return this.#chunks;
  }

  #addText(text: string): void {
    const words = countWords(text);
    if (this.#words > 0 && this.#words + words > maxWords) this.#flush();
    if (words <= maxWords) return this.#addLine(text, words);
    let line: string[] = [];
    let lineWords = 0;
    const endLine = () => {
      if (line.length > 0) this.#addLine(line.join("").trim(), lineWords);
      [line, lineWords] = [[], 0];
    };
    for (const sentence of this.#sentencesOf(text)) {
      const more = countWords(sentence);
      if (this.#words + lineWords + more > aimWords && lineWords > 0) {
        endLine();
        this.#flush();
      }
      line.push(sentence);
      lineWords += more;
    }
    endLine();
  }

  /** One without an end in sight is cut between words. */
  #sentencesOf(text: string): string[] {
    return [...this.#sentences.segment(text)].flatMap(({ segment }) =>
      countWords(segment) <= maxWords ? [segment] : piecesOf(segment),
    );
  }

  #addTable(rows: readonly (readonly string[])[]): void {
    const [head, ...body] = rows.map(toLine);
    if (head === undefined) return;
    const all = rows.map(toLine).join("\n");
    if (this.#words > 0 && this.#words + countWords(all) > aimWords) this.#flush();
    if (body.length === 0) return this.#addLine(head, countWords(head));
    this.#addLine(head, countWords(head));
    let rowsSince = 0;
    for (const row of body) {
      const words = countWords(row);
      if (rowsSince > 0 && this.#words + words > aimWords) {
        this.#flush();
        this.#addLine(head, countWords(head));
        rowsSince = 0;
      }
      this.#addLine(row, words);
      rowsSince++;
    }
  }

  #addLine(line: string, words: number): void {
    this.#lines.push(line);
    this.#words += words;
  }

  #flush(): void {
    const text = this.#lines.join("\n").trim();
    const pageNumber = this.#page;
    [this.#lines, this.#words] = [[], 0];
    if (text === "") return;
    if (this.#chunks.length >= maxChunks) throw new DocumentError("too-long");
    const heading = this.#headings.filter((each) => each !== "").join(headingSeparator);
    this.#chunks.push({ heading, text, pageNumber, language: languageOf(text, this.#language) });
  }
}

function toLine(row: readonly string[]): string {
  const cells = row.slice(0, maxRowLetters).map((cell) => cell.replaceAll("|", "/").slice(0, maxCellLetters));
  const line = cells.join(" | ");
  return `| ${line.length <= maxRowLetters ? line : `${line.slice(0, maxRowLetters)}…`} |`;
}

/** The marks between cells are none. */
const countWords = (text: string) =>
  Math.max(text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0, Math.floor(text.length / lettersPerWord));

function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let words: string[] = [];
  let count = 0;
  for (const word of text.split(/\s+/).flatMap(cutWord)) {
    const more = Math.max(1, countWords(word));
    if (count + more > aimWords && words.length > 0) {
      pieces.push(`${words.join(" ")} `);
      [words, count] = [[], 0];
    }
    words.push(word);
    count += more;
  }
  return words.length === 0 ? pieces : [...pieces, `${words.join(" ")} `];
}

function cutWord(word: string): string[] {
  const most = aimWords * lettersPerWord;
  const pieces = Array.from({ length: Math.max(1, Math.ceil(word.length / most)) });
  return pieces.map((_, index) => word.slice(index * most, (index + 1) * most));
}

/** The script tells Arabic; among languages of one script the document's own word counts. */
function languageOf(text: string, language: string): string {
  const arabic = text.match(/\p{Script=Arabic}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const isArabic = /^ar\b/i.test(language);
  if (arabic > latin) return isArabic ? language : "ar";
  return isArabic && latin > 0 ? "en" : language;
}
