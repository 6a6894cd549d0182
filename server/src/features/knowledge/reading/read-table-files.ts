/** Files that are tables: CSV and Excel. */
import { parse } from "csv-parse/sync";
import readSheets from "read-excel-file/node";
import { type Block, DocumentError, type ReadDocument } from "./block.ts";
import { tidy } from "./decode-text.ts";
import { openArchive, repack } from "./open-archive.ts";

const maxRows = 100_000;

export function readCsv(text: string): ReadDocument {
  const firstLine = text.slice(0, 10_000).split(/\r?\n/)[0] ?? "";
  const count = (mark: string) => firstLine.split(mark).length;
  const delimiter = [",", ";", "\t", "|"].toSorted((a, b) => count(b) - count(a))[0] ?? ",";
  let rows: string[][];
  try {
    rows = parse(text, { delimiter, bom: true, relaxColumnCount: true, relaxQuotes: true, skipEmptyLines: true });
  } catch (error) {
    throw new DocumentError("corrupt", error);
  }
  return { blocks: tableOf(rows), facts: {} };
}

/** Each sheet under its name. What a cell shows as a formula's result is its value. */
export async function readXlsx(bytes: Uint8Array): Promise<ReadDocument> {
  const file = repack(openArchive(bytes));
  const sheets = await readSheets(file).catch((error: unknown) => {
    throw new DocumentError("corrupt", error);
  });
  const blocks = sheets.flatMap(({ sheet, data }): Block[] => {
    const table = tableOf(data.map((row) => row.map(cellText)));
    return table.length === 0 ? [] : [{ kind: "heading", level: 1, text: sheet }, ...table];
  });
  return { blocks, facts: {} };
}

function tableOf(rows: readonly (readonly string[])[]): Block[] {
  const filled = rows.map((row) => row.map(tidy)).filter((row) => row.some((cell) => cell !== ""));
  if (filled.length > maxRows) throw new DocumentError("too-long");
  if (filled.length === 0) return [];
  if (filled.every((row) => row.filter((cell) => cell !== "").length < 2))
    return filled.map((row) => ({ kind: "text", text: row.join(" ").trim() }));
  return [{ kind: "table", rows: filled }];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return dateText(value);
  // Binary fractions: 0.1 + 0.2.
  if (typeof value === "number") return String(Number(value.toPrecision(12)));
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

function dateText(value: Date): string {
  const text = value.toISOString();
  if (text.startsWith("1899-12-3")) return text.slice(11, 16);
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}
