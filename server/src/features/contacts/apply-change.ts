/** What was written by hand, onto what is known: checked, and in the spelling it is kept in. Pure. */
import type { ContactField, NewContact } from "@parley/contract/contacts";
import { IANAZone } from "luxon";
import { AppError } from "../../kernel/app-error.ts";
import { type ContactDetails, consentKinds } from "./contact-details.ts";
import { type FieldValue, fitField } from "./contact-fields.ts";
import { toE164 } from "./contact-phone.ts";
import { plainEmail } from "./contact-terms.ts";

export interface ChangeRules {
  readonly fields: readonly ContactField[];
  /** Two letters. */
  readonly country: string | null;
  readonly nowMs: number;
}

function refuse(field: string, mend: string): never {
  throw new AppError("bad_request", { publicMessage: `${field} ${mend}` });
}

const uniqueBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[] =>
  [...new Map(items.map((item) => [keyOf(item), item] as const).reverse()).values()].reverse();

function readPhones(given: NonNullable<NewContact["phones"]>, country: string | null) {
  const phones = given.map(({ number, label }, index) => {
    const e164 = toE164(number, country);
    const mend =
      country === null
        ? "is no number we can read. Write it with its country code, such as +201001234567, or set the organisation's country."
        : "is no number we can read. Write it with its country code, such as +201001234567.";
    return { number: e164 ?? refuse(`phones.${index}.number`, mend), label };
  });
  return uniqueBy(phones, ({ number }) => number);
}

function readFields(
  now: ContactDetails["fields"],
  given: NonNullable<NewContact["fields"]>,
  defined: readonly ContactField[],
): Record<string, FieldValue> {
  const fields = new Map(Object.entries(now));
  for (const [name, value] of Object.entries(given)) {
    const field = defined.find((each) => each.name === name);
    if (field === undefined)
      refuse(`fields.${name}`, "is not among the organisation's contact fields. Add it there first.");
    if (value === null || value === "") {
      fields.delete(name);
      continue;
    }
    const fit = fitField(field, value);
    if ("mend" in fit) refuse(`fields.${name}`, `${fit.mend}.`);
    fields.set(name, fit.value);
  }
  return Object.fromEntries(fields);
}

function readConsents(
  now: ContactDetails["consents"],
  given: NonNullable<NewContact["consents"]>,
  nowMs: number,
): ContactDetails["consents"] {
  const consents = { ...now };
  for (const kind of consentKinds) {
    const change = given[kind];
    if (change === undefined) continue;
    consents[kind] = { granted: change.granted, at: change.at ?? new Date(nowMs).toISOString(), how: change.how };
  }
  return consents;
}

/** Throws AppError `bad_request` that names the field. */
export function applyChange(now: ContactDetails, change: NewContact, rules: ChangeRules): ContactDetails {
  const { name, phones, emails, language, timeZone, notes, tags, fields, consents } = change;
  if (typeof timeZone === "string" && !IANAZone.isValidZone(timeZone)) {
    refuse("timeZone", "is no time zone. Write its IANA name, such as Africa/Cairo.");
  }
  return {
    name: name ?? now.name,
    phones: phones === undefined ? now.phones : readPhones(phones, rules.country),
    emails: emails === undefined ? now.emails : uniqueBy(emails.map(plainEmail), (email) => email),
    language: language === undefined ? now.language : language,
    timeZone: timeZone === undefined ? now.timeZone : timeZone,
    notes: notes ?? now.notes,
    tags: tags === undefined ? now.tags : uniqueBy(tags, (each) => each.toLowerCase()),
    fields: fields === undefined ? now.fields : readFields(now.fields, fields, rules.fields),
    consents: consents === undefined ? now.consents : readConsents(now.consents, consents, rules.nowMs),
  };
}
