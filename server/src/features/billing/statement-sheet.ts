/** What a printed statement is made of: headings, notes and tables that go on over the page. */

export interface Sheet {
  readonly doc: PDFKit.PDFDocument;
  /** Points. */
  readonly left: number;
  readonly width: number;
}

export interface TableColumn {
  readonly title: string;
  /** Of the width; together 1. */
  readonly share: number;
  readonly align?: "right";
}

export interface TableRow {
  readonly cells: readonly string[];
  readonly isStrong?: boolean;
  /** With a line above it. */
  readonly isRuled?: boolean;
}

/** What the page's own fonts can write: Western European letters. Undefined for other text, which would come out as wrong signs. */
export function printable(text: string): string | undefined {
  return /^[\u0020-\u007e\u00a0-\u00ff\u20ac\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u0152\u0153\u0160\u0161\u0178\u017d\u017e]+$/.test(
    text,
  )
    ? text
    : undefined;
}

const colours = { ink: "#111827", soft: "#4b5563", line: "#d1d5db" } as const;
const padding = 5;

const bottomOf = ({ doc }: Sheet) => doc.page.height - doc.page.margins.bottom;

function makeRoom(sheet: Sheet, height: number): boolean {
  if (sheet.doc.y + height <= bottomOf(sheet)) return false;
  sheet.doc.addPage();
  return true;
}

export function heading(sheet: Sheet, text: string): void {
  const { doc, left, width } = sheet;
  // A heading does not stand alone at the end of a page.
  makeRoom(sheet, 90);
  doc.y += 16;
  doc.font("Helvetica-Bold").fontSize(12).fillColor(colours.ink).text(text, left, doc.y, { width });
  doc.y += 6;
}

export function note(sheet: Sheet, text: string): void {
  const { doc, left, width } = sheet;
  makeRoom(sheet, 24);
  doc
    .font("Helvetica")
    .fontSize(8.5)
    .fillColor(colours.soft)
    .text(text, left, doc.y + 4, { width });
}

function rule({ doc, left, width }: Sheet, y: number): void {
  doc
    .moveTo(left, y)
    .lineTo(left + width, y)
    .lineWidth(0.5)
    .strokeColor(colours.line)
    .stroke();
}

function cellOptions({ width }: Sheet, { share, align }: TableColumn): PDFKit.Mixins.TextOptions {
  return { width: share * width - 8, align: align ?? "left" };
}

function drawRow(sheet: Sheet, columns: readonly TableColumn[], { cells, isRuled }: TableRow): void {
  const { doc, left } = sheet;
  const top = doc.y;
  if (isRuled === true) rule(sheet, top);
  let x = left;
  for (const [index, column] of columns.entries()) {
    const offset = column.align === "right" ? 8 : 0;
    doc.text(cells[index] ?? "", x + offset, top + padding, cellOptions(sheet, column));
    x += column.share * sheet.width;
  }
  doc.y = top + rowHeight(sheet, columns, cells);
}

function rowHeight(sheet: Sheet, columns: readonly TableColumn[], cells: readonly string[]): number {
  const heights = columns.map((column, index) =>
    sheet.doc.heightOfString(cells[index] ?? "", cellOptions(sheet, column)),
  );
  return Math.max(...heights) + 2 * padding;
}

function drawTitles(sheet: Sheet, columns: readonly TableColumn[]): void {
  const { doc } = sheet;
  doc.font("Helvetica").fontSize(8.5).fillColor(colours.soft);
  drawRow(sheet, columns, { cells: columns.map(({ title }) => title) });
  rule(sheet, doc.y);
}

export function drawTable(sheet: Sheet, columns: readonly TableColumn[], rows: readonly TableRow[]): void {
  const { doc } = sheet;
  drawTitles(sheet, columns);
  for (const row of rows) {
    const style = () =>
      doc
        .font(row.isStrong === true ? "Helvetica-Bold" : "Helvetica")
        .fontSize(9.5)
        .fillColor(colours.ink);
    style();
    if (makeRoom(sheet, rowHeight(sheet, columns, row.cells))) drawTitles(sheet, columns);
    style();
    drawRow(sheet, columns, row);
  }
}
