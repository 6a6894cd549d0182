import { findDayAndTime, findToday } from "./caller-line.ts";
import type { BrainRequest, BrainTool } from "./model-types.ts";

type Known = {
  readonly date: string;
  readonly time: string;
  readonly name: string | undefined;
  readonly phone: string | undefined;
  readonly line: string;
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
    name: /(?:[Mm]y name is|[Tt]his is|اسمي)\s+(\p{L}+(?:\s\p{Lu}\p{L}+)?)/u.exec(all)?.[1],
    phone: /\+?\d[\d\s-]{7,}\d/.exec(all)?.[0].replace(/[^\d+]/g, ""),
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
