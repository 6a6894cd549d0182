/**
 * Blocks of a document as chunks that can be found and quoted alone: each stands under its headings, none ends inside a sentence, and each
 * piece of a table begins with the table's head.
 */
import type { Block } from "./reading/block.ts";

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
const headingSeparator = " › ";

/** `language`: of the document, where its letters do not say otherwise. */
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
    return [...this.#sentences.segment(text)].flatMap(({ segment }) => {
      if (countWords(segment) <= maxWords) return [segment];
      const words = segment.split(/\s+/);
      const pieces = Array.from({ length: Math.ceil(words.length / aimWords) });
      return pieces.map((_, index) => `${words.slice(index * aimWords, (index + 1) * aimWords).join(" ")} `);
    });
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
    const heading = this.#headings.filter((each) => each !== "").join(headingSeparator);
    this.#chunks.push({ heading, text, pageNumber, language: languageOf(text, this.#language) });
  }
}

const toLine = (row: readonly string[]) =>
  `| ${row.map((cell) => cell.replaceAll("|", "/").slice(0, maxCellLetters)).join(" | ")} |`;

/** The marks between cells are none. */
const countWords = (text: string) => text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;

/** The script tells Arabic; among languages of one script the document's own word counts. */
function languageOf(text: string, language: string): string {
  const arabic = text.match(/\p{Script=Arabic}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const isArabic = /^ar\b/i.test(language);
  if (arabic > latin) return isArabic ? language : "ar";
  return isArabic && latin > 0 ? "en" : language;
}
