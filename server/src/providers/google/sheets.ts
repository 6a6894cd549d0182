import { z } from "zod";
import type { SheetPlace, Sheets } from "../../features/tools/sheets.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { type Ask, askJson, type VendorFetch } from "../ask-json.ts";

const provider = "google";
const sheetsBaseUrl = "https://sheets.googleapis.com";

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? ""));
const values = z.object({ values: z.array(z.array(cell)).nullish() });
const appended = z.object({ updates: z.object({ updatedRange: z.string().nullish() }).nullish() });

export interface SheetsAccount {
  /** `refused`: a token that Google would not take before its time. Throws ProviderError. */
  readonly accessToken: (refused?: string) => Promise<string>;
  readonly baseUrl?: string | undefined;
}

const quoted = (sheet: string) => `'${sheet.replaceAll("'", "''")}'`;

/** 0 is A, 26 is AA. */
function columnLetters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : columnLetters(Math.floor(column / 26) - 1) + last;
}

/** Google says 403 for a limit too. */
const categoryOf = (status: number, body: string) =>
  status === 403 && /rateLimitExceeded|quotaExceeded|RESOURCE_EXHAUSTED/.test(body) ? "rate-limit" : undefined;

export function createGoogleSheets(
  fetch: VendorFetch,
  { accessToken, baseUrl = sheetsBaseUrl }: SheetsAccount,
): Sheets {
  const ask = async <T>(asked: Omit<Ask<T>, "provider" | "headers" | "categoryOf">): Promise<T> => {
    const as = (token: string) =>
      askJson(fetch, { ...asked, provider, categoryOf, headers: { authorization: `Bearer ${token}` } });
    const token = await accessToken();
    try {
      return await as(token);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.status !== 401) throw error;
      return await as(await accessToken(token));
    }
  };
  const urlOf = ({ spreadsheetId, sheet }: SheetPlace, range: string, rest = "") =>
    `${baseUrl}/v4/spreadsheets/${encodeURIComponent(spreadsheetId)}/values/${encodeURIComponent(`${quoted(sheet)}!${range}`)}${rest}`;
  const read = async (place: SheetPlace, range: string, signal: AbortSignal) => {
    const url = urlOf(place, range, "?majorDimension=ROWS");
    const answer = await ask({ url, schema: values, signal });
    return answer.values ?? [];
  };
  return {
    readRow: async (place, row, signal) => (await read(place, `${row}:${row}`, signal))[0] ?? [],
    async readColumn(place, column, signal) {
      const letters = columnLetters(column);
      return (await read(place, `${letters}:${letters}`, signal)).map((row) => row[0] ?? "");
    },
    async append(place, cells, signal) {
      const options = "?valueInputOption=RAW&insertDataOption=INSERT_ROWS";
      const { updates } = await ask({
        ...{ url: urlOf(place, "A1", `:append${options}`), method: "POST", isWrite: true, schema: appended, signal },
        json: { majorDimension: "ROWS", values: [cells] },
      });
      const row = /![A-Z]+(\d+)/.exec(updates?.updatedRange ?? "")?.[1];
      return { row: row === undefined ? undefined : Number(row) };
    },
    async update(place, { row, cells }, signal) {
      const range = `A${row}:${columnLetters(Math.max(cells.length - 1, 0))}${row}`;
      await ask({
        ...{ url: urlOf(place, range, "?valueInputOption=RAW"), method: "PUT", isWrite: true, signal },
        schema: z.object({}),
        json: { majorDimension: "ROWS", values: [cells] },
      });
    },
  };
}
