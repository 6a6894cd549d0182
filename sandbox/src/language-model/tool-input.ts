import { findDayAndTime, findToday } from "./caller-line.ts";
import type { BrainRequest, BrainTool } from "./model-types.ts";

type Known = {
  readonly date: string;
  readonly time: string;
  readonly name: string | undefined;
  readonly phone: string | undefined;
  readonly line: string;
};

const spokenDigits: Readonly<Record<string, string>> = {
  ...{
    zero: "0",
    oh: "0",
    one: "1",
    two: "2",
    three: "3",
    four: "4",
    five: "5",
    six: "6",
    seven: "7",
    eight: "8",
    nine: "9",
  },
  ...{
    صفر: "0",
    واحد: "1",
    اتنين: "2",
    تلاتة: "3",
    أربعة: "4",
    اربعة: "4",
    خمسة: "5",
    ستة: "6",
    سبعة: "7",
    تمانية: "8",
    تسعة: "9",
  },
};

/** Fills the tool's schema from the conversation: every property that is required or that the caller told. */
export function fillToolInput(tool: BrainTool, request: BrainRequest): Record<string, unknown> {
  const said = request.turns.flatMap((turn) => (turn.role === "user" ? [turn.text] : []));
  const line = said.at(-1) ?? "";
  const all = said.join("\n");
  const today = findToday(request.system);
  // The latest word counts.
  const found: { date?: string; time?: string } = Object.assign({}, ...said.map((each) => findDayAndTime(each, today)));
  const known: Known = {
    date: found.date ?? today.toISOString().slice(0, 10),
    time: found.time ?? "10:00",
    ...findWho(all),
    line,
  };
  const properties = isRecord(tool.schema.properties) ? tool.schema.properties : {};
  const required = Array.isArray(tool.schema.required) ? tool.schema.required : [];
  const isTold = (name: string) => {
    if (/phone/i.test(name)) return known.phone !== undefined;
    return /name/i.test(name) ? known.name !== undefined : /date|day|time|start|reason|service/i.test(name);
  };
  const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || isTold(name));
  return Object.fromEntries(
    wanted.map(([name, schema]) => [name, fillValue(name, isRecord(schema) ? schema : {}, known)]),
  );
}

/** Who calls, as far as the lines tell. Digits may be spoken. */
export function findWho(lines: string): { readonly name: string | undefined; readonly phone: string | undefined } {
  const name = /(?:[Mm]y name is|[Tt]his is|اسمي)\s+(\p{L}+(?:\s\p{Lu}\p{L}+)?)/u.exec(lines)?.[1];
  const digits = wordsToDigits(lines);
  const phone = /\+?\d[\d\s,،-]{7,}\d/.exec(digits)?.[0].replace(/[^\d+]/g, "");
  return { name, phone };
}

const wordsToDigits = (text: string) => text.replace(/\p{L}+/gu, (word) => spokenDigits[word.toLowerCase()] ?? word);

/** The longest run of digits in a line, spoken or written. */
export function spokenNumber(line: string): string {
  const runs = wordsToDigits(line).match(/\d(?:[\s,،-]*\d)*/g) ?? [];
  return runs.map((run) => run.replace(/\D/g, "")).sort((a, b) => b.length - a.length)[0] ?? "";
}

function fillValue(name: string, schema: Record<string, unknown>, known: Known): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "integer" || type === "number") return /duration|minute/i.test(name) ? 30 : 1;
  if (type === "boolean") return true;
  if (type === "array") return [];
  if (type === "object") return {};
  return fillText(name, schema, known);
}

function fillText(name: string, schema: Record<string, unknown>, known: Known): string {
  const both = schema.format === "date-time" || /date_?time|starts?_?at|^start$|^end$|slot/i.test(name);
  if (both) return `${known.date}T${known.time}:00`;
  if (schema.format === "date" || /date|day/i.test(name)) return known.date;
  if (schema.format === "time" || /time|hour/i.test(name)) return known.time;
  if (/phone|number/i.test(name)) return known.phone ?? "+12025550143";
  if (/email/i.test(name)) return "sara@example.com";
  if (/service|treatment|type/i.test(name)) return "cleaning";
  if (/name/i.test(name)) return known.name ?? "Sara Ali";
  return known.line;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
