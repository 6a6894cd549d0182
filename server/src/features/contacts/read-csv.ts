/** CSV as offices send it: with or without a byte-order mark, in three encodings, with three separators. Read as a stream. */
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { AppError } from "../../kernel/app-error.ts";

export interface CsvLine {
  /** In the file; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** It cannot be read: a quotation mark without an end, or no end at all. */
  readonly fault?: "quote" | "too-long";
}

const sniffedBytes = 64 * 1024;
const longestLine = 100_000;

/** UTF-16 shows in zero bytes, anything that is no UTF-8 is taken for the code page of Western Windows. */
export function detectEncoding(start: Buffer): "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  const zeroAt = start.subarray(0, 200).indexOf(0);
  if (zeroAt >= 0) return zeroAt % 2 === 1 ? "utf-16le" : "utf-16be";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: true });
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}

/** The one that the first line has most of, outside quotation marks. */
export function detectSeparator(text: string): "," | ";" | "\t" {
  const first =
    text
      .replace(/"[^"]*"/g, "")
      .split(/\r?\n|\r/)
      .find((line) => line.trim() !== "") ?? "";
  const count = (separator: string) => first.split(separator).length;
  return ([";", "\t", ","] as const).toSorted((left, right) => count(right) - count(left))[0] ?? ",";
}

async function* decoded(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const start = () => {
    const bytes = Buffer.concat(held);
    held = [];
    decoder = new TextDecoder(detectEncoding(bytes));
    return decoder.decode(bytes, { stream: true });
  };
  for await (const piece of source) {
    if (decoder !== undefined) {
      yield decoder.decode(piece, { stream: true });
      continue;
    }
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes >= sniffedBytes) yield start();
  }
  if (decoder === undefined) yield start();
  yield decoder?.decode() ?? "";
}

async function peek(texts: AsyncGenerator<string>): Promise<{ first: string; all: AsyncGenerator<string> }> {
  const { value } = await texts.next();
  const first = value ?? "";
  async function* all() {
    yield first;
    yield* texts;
  }
  return { first, all: all() };
}

const lineBreaks = (cells: readonly string[]) => cells.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);

/** Lines in order; empty ones are left out. Throws AppError `bad_request` for what is no text. */
export async function* readCsv(source: Readable): AsyncGenerator<CsvLine> {
  const { first, all } = await peek(decoded(source as AsyncIterable<Buffer>));
  if (first.includes("\0")) {
    throw new AppError("bad_request", { publicMessage: "The file is not text. Save the table as CSV and send that." });
  }
  const faults: CsvLine[] = [];
  const parser = parse({
    ...{ delimiter: detectSeparator(first), info: true, relax_column_count: true, skip_empty_lines: true },
    ...{ relax_quotes: true, skip_records_with_error: true, max_record_size: longestLine },
    on_skip: (error) => {
      const lines = Number(error?.["lines"] ?? 0);
      const fault = error?.code === "CSV_MAX_RECORD_SIZE" ? "too-long" : "quote";
      faults.push({ line: Math.max(1, lines), cells: [], fault });
      return undefined;
    },
  });
  const text = Readable.from(all);
  text.once("error", (error) => parser.destroy(error));
  parser.once("close", () => text.destroy());
  for await (const { record, info } of text.pipe(parser) as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    // The parser reads ahead: what it skipped may lie further down.
    while (faults[0] !== undefined && faults[0].line < info.lines) yield faults.shift() as CsvLine;
    if (record.some((cell) => cell.trim() !== "")) yield { line: info.lines - lineBreaks(record), cells: record };
  }
  yield* faults.splice(0);
}
