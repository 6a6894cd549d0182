/** One line of a file: a change of a contact, or everything that is wrong with it. Pure. */
import type { ImportProblem } from "@parley/contract/contact-imports";
import type { ContactField, NewContact } from "@parley/contract/contacts";
import { IANAZone } from "luxon";
import { z } from "zod";
import { type FieldValue, fitField, readYesOrNo } from "./contact-fields.ts";
import { toE164 } from "./contact-phone.ts";
import type { CsvColumn } from "./csv-columns.ts";
import type { CsvLine } from "./read-csv.ts";

export type LineResult =
  | { readonly change: NewContact & { readonly phones: NonNullable<NewContact["phones"]> } }
  | { readonly problems: readonly ImportProblem[] };

export interface LineRules {
  readonly columns: readonly CsvColumn[];
  readonly fields: readonly ContactField[];
  readonly country: string | null;
}

/** Enough to find the cell again, too little to know it. */
export function mask(cell: string): string {
  const letters = [...cell.trim()];
  if (letters.length === 0) return "";
  const shown = letters.length > 6 ? 2 : 0;
  return `${letters.slice(0, shown).join("")}***${shown === 0 ? "" : letters.slice(-1).join("")} (${letters.length} characters)`;
}

const faults = {
  quote: {
    reason: "a quotation mark is never closed",
    mend: 'Close it, or double it ("") where it is a part of the text.',
  },
  "too-long": { reason: "the line does not end", mend: "Look for a quotation mark that is never closed." },
} as const;

const email = z.email().max(254);
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);
const split = (cell: string, by: RegExp) =>
  cell
    .split(by)
    .map((part) => part.trim())
    .filter((part) => part !== "");

interface Reading {
  readonly line: number;
  readonly rules: LineRules;
  readonly problems: ImportProblem[];
  readonly change: { -readonly [K in keyof NewContact]: NewContact[K] };
  readonly own: Record<string, FieldValue>;
  readonly names: { first: string; last: string };
}

function complain(
  reading: Reading,
  field: string,
  { cell, ...words }: { cell: string; reason: string; mend: string },
): void {
  reading.problems.push({ line: reading.line, field, value: mask(cell), ...words });
}

function readPhones(reading: Reading, cell: string): void {
  const { country } = reading.rules;
  for (const text of split(cell, /[;/|،\n]|\s,\s/)) {
    const number = toE164(text.replace(/^'/, ""), country);
    const mend =
      country === null
        ? "Write it with its country code, or set the organisation's country."
        : "Write it with its country code, such as +201001234567.";
    if (number === undefined) complain(reading, "phone", { cell: text, reason: "is no telephone number", mend });
    else if (!reading.change.phones?.some((phone) => phone.number === number)) {
      reading.change.phones = [...(reading.change.phones ?? []), { number, label: "" }];
    }
  }
}

function readEmails(reading: Reading, cell: string): void {
  for (const text of split(cell, /[;,|\s]/)) {
    if (!email.safeParse(text).success) {
      complain(reading, "email", { cell: text, reason: "is no e-mail address", mend: "Write it as name@example.com." });
    } else reading.change.emails = [...(reading.change.emails ?? []), text.toLowerCase()];
  }
}

function readOwn(reading: Reading, name: string, cell: string): void {
  const field = reading.rules.fields.find((each) => each.name === name);
  if (field === undefined) return;
  const fit = fitField(field, cell);
  if ("value" in fit) reading.own[name] = fit.value;
  else complain(reading, `fields.${name}`, { cell: cell, reason: "does not fit the field", mend: `It ${fit.mend}.` });
}

/** Longer than the API takes it. */
function readText(reading: Reading, field: "name" | "notes", cell: string): void {
  const longest = field === "name" ? 200 : 10_000;
  if (cell.length <= longest) reading.change[field] = cell;
  else complain(reading, field, { cell: cell, reason: "is too long", mend: `Take at most ${longest} characters.` });
}

const readers: Readonly<Record<string, (reading: Reading, cell: string) => void>> = {
  name: (reading, cell) => readText(reading, "name", cell),
  notes: (reading, cell) => readText(reading, "notes", cell),
  firstName: (reading, cell) => void (reading.names.first = cell),
  lastName: (reading, cell) => void (reading.names.last = cell),
  phone: readPhones,
  email: readEmails,
  language: (reading, cell) => {
    if (language.safeParse(cell).success) reading.change.language = cell;
    else
      complain(reading, "language", { cell: cell, reason: "is no language tag", mend: "Write it as en-US or ar-EG." });
  },
  timeZone: (reading, cell) => {
    if (IANAZone.isValidZone(cell)) reading.change.timeZone = cell;
    else complain(reading, "timeZone", { cell: cell, reason: "is no time zone", mend: "Write it as Africa/Cairo." });
  },
  tags: (reading, cell) => {
    const tags = split(cell, /[;,|،]/);
    if (tags.every((tag) => tag.length <= 50) && tags.length <= 50) reading.change.tags = tags;
    else
      complain(reading, "tags", {
        cell: cell,
        reason: "are too long or too many",
        mend: "Take at most 50 of 50 characters.",
      });
  },
  doNotCall: (reading, cell) => {
    const answer = readYesOrNo(cell);
    if (answer !== undefined) reading.change.doNotCall = answer;
    else complain(reading, "doNotCall", { cell: cell, reason: "is neither yes nor no", mend: "Write yes or no." });
  },
};

function readCell(reading: Reading, target: string, cell: string): void {
  if (cell.includes("\uFFFD")) {
    complain(reading, target, { cell: cell, reason: "holds bytes that are no text", mend: "Save the file as UTF-8." });
    return;
  }
  const own = /^fields\.(.+)$/.exec(target)?.[1];
  if (own === undefined) readers[target]?.(reading, cell);
  else readOwn(reading, own, cell);
}

export function readLine({ line, cells, fault }: CsvLine, rules: LineRules): LineResult {
  const reading: Reading = { line, rules, problems: [], change: {}, own: {}, names: { first: "", last: "" } };
  if (fault !== undefined) return { problems: [{ line, field: "", value: "", ...faults[fault] }] };
  const beyond = cells.slice(rules.columns.length).find((cell) => cell.trim() !== "");
  if (beyond !== undefined) {
    complain(reading, "", {
      cell: beyond,
      reason: "more cells than headers",
      mend: "Put cells that hold the separator in quotation marks.",
    });
  }
  for (const [index, { field }] of rules.columns.entries()) {
    const cell = (cells[index] ?? "").trim();
    if (field !== null && cell !== "") readCell(reading, field, cell);
  }
  const { change, problems, own, names } = reading;
  const fullName = `${names.first} ${names.last}`.trim();
  if (change.name === undefined && fullName !== "") change.name = fullName.slice(0, 200);
  if (Object.keys(own).length > 0) change.fields = own;
  const { phones } = change;
  if (phones !== undefined && phones.length > 10) {
    complain(reading, "phone", { cell: "", reason: "has more than ten numbers", mend: "Take at most ten." });
  }
  if (phones === undefined && !problems.some(({ field }) => field === "phone")) {
    complain(reading, "phone", {
      cell: "",
      reason: "is missing",
      mend: "A contact is known again by its number: give one.",
    });
  }
  return problems.length > 0 || phones === undefined ? { problems } : { change: { ...change, phones } };
}
