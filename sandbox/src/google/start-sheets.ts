/** A stand-in for Google Sheets: values of a range, update, append. */

import { createKeyCheck } from "../control/loopback.ts";
import { bearerOf, type RestAnswer, type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";
import { parseRange, type Range, rangeName } from "./sheet-range.ts";

export interface SheetsOptions {
  readonly port?: number;
  readonly accessToken?: string;
  /** By id: its sheets by name, each a list of rows. */
  readonly spreadsheets?: Readonly<Record<string, Readonly<Record<string, readonly (readonly string[])[]>>>>;
}

export interface SheetsStandIn extends RestDesk {
  rows(spreadsheetId: string, sheet: string): readonly (readonly string[])[];
  /** As a person at the sheet would. */
  edit(spreadsheetId: string, sheet: string, change: (rows: string[][]) => void): void;
}

type Spreadsheets = Map<string, Map<string, string[][]>>;

class Refusal extends Error {
  readonly code: number;
  readonly status: string;

  constructor(code: number, status: string, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const path = /^\/v4\/spreadsheets\/([^/:]+)(?:\/values\/([^/]+?)(:append)?)?$/;

function place(held: Spreadsheets, id: string, range: string): { rows: string[][]; range: Range } {
  const spreadsheet = held.get(id);
  if (spreadsheet === undefined) throw new Refusal(404, "NOT_FOUND", "Requested entity was not found.");
  const read = parseRange(range);
  const rows = read === undefined ? undefined : spreadsheet.get(read.sheet ?? [...spreadsheet.keys()][0] ?? "");
  if (read === undefined || rows === undefined) {
    throw new Refusal(400, "INVALID_ARGUMENT", `Unable to parse range: ${range}`);
  }
  return { rows, range: read };
}

/** Trailing empty cells and rows are left out, as the vendor leaves them out. */
function valuesOf(rows: readonly (readonly string[])[], { left, top, right, bottom }: Range): string[][] {
  const values = rows.slice(top, bottom === undefined ? undefined : bottom + 1).map((row) => {
    const cells = [...row.slice(left, right === undefined ? undefined : right + 1)].map((cell) => cell ?? "");
    while (cells.length > 0 && cells.at(-1) === "") cells.pop();
    return cells;
  });
  while (values.length > 0 && values.at(-1)?.length === 0) values.pop();
  return values;
}

function cellsOf({ query, body }: RestRequest): unknown[][] {
  const option = query.get("valueInputOption");
  if (option !== "RAW" && option !== "USER_ENTERED") {
    throw new Refusal(400, "INVALID_ARGUMENT", "'valueInputOption' is required but not specified");
  }
  const values: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "values") : undefined;
  if (!Array.isArray(values) || !values.every((row) => Array.isArray(row))) {
    throw new Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
  return values as unknown[][];
}

interface Written {
  readonly cells: unknown[][];
  readonly isRaw: boolean;
}

/** Entered by a user, a text that begins with = is a formula; raw it stays a text. Null leaves a cell as it was. */
function write(rows: string[][], at: { top: number; left: number }, { cells, isRaw }: Written): number {
  let written = 0;
  for (const [down, row] of cells.entries()) {
    for (const [along, cell] of row.entries()) {
      if (cell === null) continue;
      const y = at.top + down;
      while (rows.length <= y) rows.push([]);
      const line = rows[y] ?? [];
      while (line.length <= at.left + along) line.push("");
      const text = typeof cell === "string" ? cell : JSON.stringify(cell);
      line[at.left + along] = !isRaw && text.startsWith("=") ? "#FORMULA" : text;
      written++;
    }
  }
  return written;
}

function append({ rows, range }: ReturnType<typeof place>, id: string, request: RestRequest): RestAnswer {
  const cells = cellsOf(request);
  const isRaw = request.query.get("valueInputOption") === "RAW";
  // The table ends where a row is empty.
  let bottom = range.top;
  while (bottom < rows.length && (rows[bottom] ?? []).some((cell) => cell !== "")) bottom++;
  if (request.query.get("insertDataOption") === "INSERT_ROWS" && bottom < rows.length) {
    rows.splice(bottom, 0, ...cells.map(() => []));
  }
  const updatedCells = write(rows, { top: bottom, left: range.left }, { cells, isRaw });
  const width = Math.max(...cells.map(({ length }) => length), 1);
  const sheet = range.sheet ?? "Sheet1";
  const named = (top: number, end: number, right: number) =>
    rangeName({ sheet, left: range.left, top, right, bottom: end });
  const updatedRange = named(bottom, bottom + cells.length - 1, range.left + width - 1);
  const table = bottom > range.top ? { tableRange: named(range.top, bottom - 1, range.left + width - 1) } : {};
  const updates = { spreadsheetId: id, updatedRange, updatedRows: cells.length, updatedColumns: width, updatedCells };
  return { status: 200, body: { spreadsheetId: id, ...table, updates } };
}

function route(held: Spreadsheets, request: RestRequest): RestAnswer {
  const [, id, rangeText, appends] = path.exec(request.path) ?? [];
  if (id === undefined) throw new Refusal(404, "NOT_FOUND", "Method not found.");
  if (rangeText === undefined) {
    const spreadsheet = held.get(id);
    if (spreadsheet === undefined) throw new Refusal(404, "NOT_FOUND", "Requested entity was not found.");
    const sheets = [...spreadsheet.keys()].map((title, index) => ({ properties: { sheetId: index, title, index } }));
    return { status: 200, body: { spreadsheetId: id, properties: { title: "Stand-in" }, sheets } };
  }
  const wanted = decodeURIComponent(rangeText);
  if (appends !== undefined && request.method === "POST") return append(place(held, id, wanted), id, request);
  const { rows, range } = place(held, id, wanted);
  if (request.method === "GET") {
    const values = valuesOf(rows, range);
    return { status: 200, body: { range: wanted, majorDimension: "ROWS", ...(values.length > 0 ? { values } : {}) } };
  }
  if (request.method !== "PUT") throw new Refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed.");
  const cells = cellsOf(request);
  const updatedCells = write(rows, range, { cells, isRaw: request.query.get("valueInputOption") === "RAW" });
  return { status: 200, body: { spreadsheetId: id, updatedRange: wanted, updatedRows: cells.length, updatedCells } };
}

const errorBody = (code: number, status: string, message: string) => ({
  error: { code, message, status, errors: [{ message, domain: "global", reason: status.toLowerCase() }] },
});

export async function startSheets(options: SheetsOptions = {}): Promise<SheetsStandIn> {
  const isRight = createKeyCheck(options.accessToken);
  const held: Spreadsheets = new Map(
    Object.entries(options.spreadsheets ?? {}).map(([id, sheets]) => [
      id,
      new Map(Object.entries(sheets).map(([name, rows]) => [name, rows.map((row) => [...row])])),
    ]),
  );
  const answer = (request: RestRequest): RestAnswer => {
    try {
      if (!isRight(bearerOf(request))) {
        throw new Refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
      }
      return route(held, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.code, body: errorBody(error.code, error.status, error.message) };
    }
  };
  const refusal = (status: number) =>
    errorBody(
      status,
      status === 429 ? "RESOURCE_EXHAUSTED" : "INTERNAL",
      status === 429 ? "Quota exceeded" : "Internal error",
    );
  const desk = await startRestDesk({ answer, refusal }, options.port);
  const sheetOf = (id: string, sheet: string) => held.get(id)?.get(sheet) ?? [];
  return { ...desk, rows: sheetOf, edit: (id, sheet, change) => change(sheetOf(id, sheet)) };
}
