/** The organisation's own fields: the list of them, and whether a value fits. */
import type { ContactField } from "@parley/contract/contacts";
import { DateTime } from "luxon";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toWesternDigits } from "./contact-phone.ts";
import { contactFieldLists } from "./contacts.table.ts";

export type FieldValue = string | number | boolean;

export async function readFields(tx: OrgTx): Promise<readonly ContactField[]> {
  const [row] = await tx.select().from(contactFieldLists);
  return row?.fields ?? [];
}

/** Throws AppError `bad_request` for a name that is there twice and for choices that do not fit the type. */
export function checkFields(fields: readonly ContactField[]): void {
  for (const [index, { name, type, choices }] of fields.entries()) {
    const refuse = (mend: string): never => {
      throw new AppError("bad_request", { publicMessage: `fields.${index}: ${mend}` });
    };
    if (fields.findIndex((each) => each.name === name) !== index) refuse(`name ${name} is there twice.`);
    if (type === "choice" && choices.length === 0) refuse("a choice needs at least one of choices.");
    if (type !== "choice" && choices.length > 0) refuse("choices belong to the type choice. Take them out.");
  }
}

const yes = new Set(["true", "yes", "y", "1", "x", "نعم"]);
const no = new Set(["false", "no", "n", "0", "لا"]);

/** Undefined: neither. */
export function readYesOrNo(text: string): boolean | undefined {
  const word = toWesternDigits(text).trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : undefined;
}

/** The value as it is kept, or what is wrong with it. Text is read, as a file has nothing else. */
export function fitField(field: ContactField, given: FieldValue): { value: FieldValue } | { mend: string } {
  const text = String(given).trim();
  switch (field.type) {
    case "text":
      return { value: text };
    case "number": {
      const value = Number(toWesternDigits(text));
      return text !== "" && Number.isFinite(value) ? { value } : { mend: "must be a number, such as 12.5" };
    }
    case "boolean": {
      const value = typeof given === "boolean" ? given : readYesOrNo(text);
      return value === undefined ? { mend: "must be true or false" } : { value };
    }
    case "date": {
      const day = DateTime.fromISO(toWesternDigits(text));
      return /^\d{4}-\d\d-\d\d$/.test(toWesternDigits(text)) && day.isValid
        ? { value: toWesternDigits(text) }
        : { mend: "must be a date such as 2026-11-20" };
    }
    case "choice": {
      const choice = field.choices.find((each) => each.toLowerCase() === text.toLowerCase());
      return choice === undefined ? { mend: `must be one of ${field.choices.join(", ")}` } : { value: choice };
    }
    default: {
      const unknown: never = field.type;
      throw new TypeError(`unknown type of field: ${String(unknown)}`);
    }
  }
}
