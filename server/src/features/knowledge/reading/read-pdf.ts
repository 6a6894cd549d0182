/** PDF: lines from where the letters stand, headings from their size, tables from gaps that stand under one another. */
import { getDocumentProxy } from "unpdf";
import { type Block, DocumentError, type ReadDocument } from "./block.ts";
import { tidy } from "./decode-text.ts";

const maxPages = 5000;
/** In letters; what is longer is a sentence between two tables. */
const longestTightRow = 80;

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>["getPage"]>>;

export async function readPdf(bytes: Uint8Array, onPage: (done: number, total: number) => void): Promise<ReadDocument> {
  const document = await getDocumentProxy(new Uint8Array(bytes), {
    isEvalSupported: false,
    disableFontFace: true,
  }).catch((error: unknown) => {
    throw new DocumentError((error as Error).name === "PasswordException" ? "encrypted" : "corrupt", error);
  });
  if (document.numPages > maxPages) throw new DocumentError("too-long");
  const pages: Line[][] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number).catch((error: unknown) => {
      throw new DocumentError("corrupt", error);
    });
    pages.push(await linesOf(page));
    page.cleanup();
    onPage(number, document.numPages);
  }
  const sizes = headingSizes(pages.flat());
  const blocks = pages.flatMap((lines, index) => blocksOf(lines, sizes, index + 1));
  return { blocks: mendArabic(blocks), facts: {} };
}

interface Piece {
  readonly text: string;
  readonly x: number;
  readonly width: number;
}

interface Line {
  readonly cells: readonly string[];
  readonly text: string;
  readonly y: number;
  readonly size: number;
}

interface Item extends Piece {
  readonly y: number;
  readonly size: number;
  readonly isRightToLeft: boolean;
}

/** Pieces that follow one another in the file at one height are a line: columns of a page stay apart. */
async function linesOf(page: Page): Promise<Line[]> {
  const { items } = await page.getTextContent();
  const lines: Line[] = [];
  let open: Item[] = [];
  const close = () => {
    if (open.some(({ text }) => text.trim() !== "")) lines.push(lineOf(open));
    open = [];
  };
  for (const item of items) {
    if (!("str" in item) || item.str === "") continue;
    const [, , shear = 0, scale = 0, x = 0, y = 0] = item.transform as number[];
    const size = Math.hypot(shear, scale);
    const last = open.at(-1);
    if (last !== undefined && Math.abs(last.y - y) > Math.max(last.size, size) * 0.5) close();
    open.push({ text: item.str, x, y, size, width: item.width, isRightToLeft: item.dir === "rtl" });
  }
  close();
  return lines;
}

function lineOf(items: readonly Item[]): Line {
  const words = items.filter(({ text }) => text.trim() !== "");
  const size = Math.max(...words.map((item) => item.size));
  const letters = (rightToLeft: boolean) =>
    words.reduce((sum, item) => sum + (item.isRightToLeft === rightToLeft ? item.text.length : 0), 0);
  const isRightToLeft = letters(true) > letters(false);
  const ordered = items.toSorted((a, b) => (isRightToLeft ? b.x + b.width - (a.x + a.width) : a.x - b.x));
  const cells: string[] = [];
  let cell = "";
  let last: Item | undefined;
  for (const item of ordered) {
    if (item.text.trim() === "" && item.width > size * 1.5) continue;
    const gap = last === undefined ? 0 : gapBetween(last, item, isRightToLeft);
    if (last !== undefined && gap > size * 1.2) {
      cells.push(tidy(cell));
      cell = "";
    } else if (gap > size * 0.15) cell += " ";
    cell += item.text;
    last = item;
  }
  cells.push(tidy(cell));
  const filled = cells.map(plain).filter((each) => each !== "");
  return { cells: filled, text: filled.join(" "), y: words[0]?.y ?? 0, size };
}

/** Bullets of symbol fonts have no letter; a vowel sign stands with its letter. */
const plain = (text: string) =>
  tidy(text.replace(/[\uE000-\uF8FF]/g, "•").normalize("NFKC")).replace(/ ([\u064B-\u0652])/g, "$1");

const gapBetween = (last: Item, next: Item, isRightToLeft: boolean) =>
  isRightToLeft ? last.x - (next.x + next.width) : next.x - (last.x + last.width);

/** What most letters have is the body; clearly larger ones are headings, by size. */
function headingSizes(lines: readonly Line[]): number[] {
  const letters = new Map<number, number>();
  for (const { size, text } of lines) letters.set(rounded(size), (letters.get(rounded(size)) ?? 0) + text.length);
  const body = [...letters].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  return [...letters.keys()].filter((size) => size > body * 1.12).toSorted((a, b) => b - a);
}

const rounded = (size: number) => Math.round(size * 2) / 2;

function blocksOf(lines: readonly Line[], sizes: readonly number[], page: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: Line[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ kind: "text", text: joined(paragraph).replace(/^•\s*/, ""), page });
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as Line;
    const rows = rowsFrom(lines, index);
    const level = sizes.indexOf(rounded(line.size)) + 1;
    if (rows.length > 1) {
      endParagraph();
      blocks.push({ kind: "table", rows, page });
      index += rows.length - 1;
    } else if (level > 0 && line.text.length < 200) {
      endParagraph();
      addHeading(blocks, {
        level: Math.min(level, 6),
        text: line.text,
        page,
        isNext: sameBlock(lines[index - 1], line),
      });
    } else {
      if (!sameBlock(paragraph.at(-1), line) || line.text.startsWith("•")) endParagraph();
      paragraph.push(line);
    }
  }
  endParagraph();
  return blocks;
}

/** Lines with gaps in them, one after the other: a table. Where its columns stand too close for a gap, a row has fewer cells. */
function rowsFrom(lines: readonly Line[], from: number): string[][] {
  const isRow = (line: Line | undefined) => line !== undefined && line.cells.length > 1;
  if (!isRow(lines[from])) return [];
  const rows: string[][] = [];
  for (let index = from; index < lines.length; index++) {
    const line = lines[index] as Line;
    const isTight =
      line.text.length <= longestTightRow && (isRow(lines[index + 1]) || isNextRow(lines, index, rows.length));
    if (!isRow(line) && !(rows.length > 0 && isTight)) break;
    rows.push([...line.cells]);
  }
  return rows;
}

/** As far below the row before as that one is below its own. */
function isNextRow(lines: readonly Line[], index: number, rows: number): boolean {
  const [above, before, line] = [lines[index - 2], lines[index - 1], lines[index]];
  if (rows < 2 || above === undefined || before === undefined || line === undefined) return false;
  return Math.abs(above.y - before.y - (before.y - line.y)) < 1 && rounded(before.size) === rounded(line.size);
}

function addHeading(
  blocks: Block[],
  { level, text, page, isNext }: { level: number; text: string; page: number; isNext: boolean },
): void {
  const last = blocks.at(-1);
  if (isNext && last?.kind === "heading" && last.level === level && last.page === page) last.text += ` ${text}`;
  else blocks.push({ kind: "heading", level, text, page });
}

function sameBlock(above: Line | undefined, below: Line): boolean {
  if (above === undefined) return false;
  const step = above.y - below.y;
  return step > 0 && step < Math.max(above.size, below.size) * 1.75 && rounded(above.size) === rounded(below.size);
}

/** A word divided at a line's end is one word. */
const joined = (lines: readonly Line[]) =>
  lines
    .reduce(
      (text, line) =>
        /\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line.text) ? text.slice(0, -1) + line.text : `${text} ${line.text}`,
      "",
    )
    .trim();

/**
 * Many programs write the ligature of lam and alef so that its two letters come out in the wrong order. No word begins with two alefs: where
 * one does, the beginnings of words are put right; in their middle nobody can tell.
 */
function mendArabic(blocks: readonly Block[]): Block[] {
  const wrong = /(?<!\p{L})([وف]?[بك]?)ا([أإآا])ل/gu;
  const isWrong = blocks.some((block) => block.kind !== "table" && wrong.test(block.text));
  if (!isWrong) return [...blocks];
  const mend = (text: string) =>
    text.replace(wrong, "$1ال$2").replace(/(?<!\p{L})([وف]?)ل([أإآ])ل(?=\p{L}{3})/gu, "$1لل$2");
  return blocks.map((block) =>
    block.kind === "table"
      ? { ...block, rows: block.rows.map((row) => row.map(mend)) }
      : { ...block, text: mend(block.text) },
  );
}
