/** A1 notation: `'My sheet'!B2:D9`, `Sheet1!A:C`, `Sheet1!2:2`, `Sheet1`. Counted from 0; open ends are undefined. */
export interface Range {
  readonly sheet?: string | undefined;
  readonly left: number;
  readonly top: number;
  readonly right?: number | undefined;
  readonly bottom?: number | undefined;
}

const columnOf = (letters: string): number =>
  [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

function lettersOf(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : lettersOf(Math.floor(column / 26) - 1) + last;
}

const whole = /^(?:('(?:[^']|'')+'|[^'!]+)!)?(?:([A-Za-z]{1,3})?([1-9]\d*)?(?::([A-Za-z]{1,3})?([1-9]\d*)?)?)$/;

export function parseRange(text: string): Range | undefined {
  if (!text.includes("!") && !/^([A-Za-z]{0,3}\d*)(:[A-Za-z]{0,3}\d*)?$/.test(text)) {
    return { sheet: unquoted(text), left: 0, top: 0 };
  }
  const parts = whole.exec(text);
  if (parts === null) return undefined;
  const [, sheet, left, top, right, bottom] = parts;
  const isOne = !text.slice(text.indexOf("!") + 1).includes(":");
  return {
    sheet: sheet === undefined ? undefined : unquoted(sheet),
    left: left === undefined ? 0 : columnOf(left),
    top: top === undefined ? 0 : Number(top) - 1,
    right: right === undefined ? (isOne && left !== undefined ? columnOf(left) : undefined) : columnOf(right),
    bottom: bottom === undefined ? (isOne && top !== undefined ? Number(top) - 1 : undefined) : Number(bottom) - 1,
  };
}

const unquoted = (name: string): string => (name.startsWith("'") ? name.slice(1, -1).replaceAll("''", "'") : name);

export function rangeName({ sheet, left, top, right = left, bottom = top }: Range): string {
  const quoted =
    sheet !== undefined && /[^A-Za-z0-9_]/.test(sheet) ? `'${sheet.replaceAll("'", "''")}'` : (sheet ?? "Sheet1");
  return `${quoted}!${lettersOf(left)}${top + 1}:${lettersOf(right)}${bottom + 1}`;
}
