/** A spreadsheet somebody keeps: one sheet of it, with its headings in the first row. Texts stay texts: none becomes a formula. */
export interface SheetPlace {
  readonly spreadsheetId: string;
  /** The tab's name. */
  readonly sheet: string;
}

/** From 1, as a person counts them. */
type RowNumber = number;

/** Everything throws ProviderError. */
export interface Sheets {
  /** The row's cells from column A; what is empty at the end is left out. */
  readRow(place: SheetPlace, row: RowNumber, signal: AbortSignal): Promise<readonly string[]>;
  /** `column` from 0. The first is row 1. */
  readColumn(place: SheetPlace, column: number, signal: AbortSignal): Promise<readonly string[]>;
  /** Below the last row of the table that begins in A1. */
  append(
    place: SheetPlace,
    cells: readonly (string | null)[],
    signal: AbortSignal,
  ): Promise<{ row: RowNumber | undefined }>;
  /** From column A on; null leaves a cell as it is. */
  update(
    place: SheetPlace,
    change: { readonly row: RowNumber; readonly cells: readonly (string | null)[] },
    signal: AbortSignal,
  ): Promise<void>;
}
