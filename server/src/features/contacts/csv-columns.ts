/** Which column of a file is which field of a contact. */
import type { ContactField } from "@parley/contract/contacts";
import { AppError } from "../../kernel/app-error.ts";
import { wordsOf } from "./contact-terms.ts";

const plainTargets = ["name", "phone", "email", "language", "timeZone", "notes", "tags", "doNotCall"] as const;
export type PlainTarget = (typeof plainTargets)[number];

/** `fields.<name>` for the organisation's own. Null: left out. */
export interface CsvColumn {
  readonly header: string;
  readonly field: string | null;
}

const spellings: Readonly<Record<PlainTarget | "firstName" | "lastName", readonly string[]>> = {
  name: [
    "name",
    "full name",
    "contact",
    "contact name",
    "customer",
    "customer name",
    "الاسم",
    "اسم",
    "اسم العميل",
    "الاسم بالكامل",
  ],
  firstName: ["first name", "firstname", "given name", "الاسم الاول"],
  lastName: ["last name", "lastname", "surname", "family name", "اسم العائلة", "اللقب"],
  phone: [
    ...[
      "phone",
      "phone number",
      "phone 1",
      "phone 2",
      "telephone",
      "tel",
      "mobile",
      "mobile number",
      "mobile phone",
      "cell",
    ],
    ...[
      "number",
      "whatsapp",
      "رقم",
      "الرقم",
      "الهاتف",
      "هاتف",
      "رقم الهاتف",
      "موبايل",
      "الموبايل",
      "رقم الموبايل",
      "جوال",
      "الجوال",
      "رقم الجوال",
      "تليفون",
      "التليفون",
      "رقم التليفون",
    ],
  ],
  email: ["email", "e mail", "mail", "email address", "البريد", "بريد", "ايميل", "الايميل", "البريد الالكتروني"],
  language: ["language", "lang", "اللغة", "لغة"],
  timeZone: ["time zone", "timezone", "المنطقة الزمنية"],
  notes: ["notes", "note", "comment", "comments", "ملاحظات", "ملاحظة"],
  tags: ["tags", "tag", "group", "groups", "label", "labels", "وسوم", "تصنيف", "المجموعة"],
  doNotCall: ["do not call", "donotcall", "dnc", "no calls", "عدم الاتصال", "لا تتصل"],
};

const plain = (text: string) => wordsOf(text).join(" ");
const targets = new Map(
  Object.entries(spellings).flatMap(([target, words]) => words.map((word) => [plain(word), target] as const)),
);

function detect(header: string, fields: readonly ContactField[]): string | null {
  const own = /^fields\.(.+)$/.exec(header.trim())?.[1];
  const word = plain(header);
  const found = targets.get(word);
  if (found !== undefined && own === undefined) return found;
  const field = fields.find(({ name, label }) => name === own || plain(name) === word || plain(label) === word);
  return field === undefined ? null : `fields.${field.name}`;
}

/** `Mobile=phone,Group=ignore`. Throws AppError `bad_request` that names the pair. */
function readWishes(
  text: string,
  headers: readonly string[],
  fields: readonly ContactField[],
): Map<string, string | null> {
  const known = new Set([...Object.keys(spellings), "ignore", ...fields.map(({ name }) => `fields.${name}`)]);
  return new Map(
    text.split(",").map((pair) => {
      const [header = "", target = ""] = pair.split("=");
      const refuse = (mend: string): never => {
        throw new AppError("bad_request", { publicMessage: `columns: ${mend}` });
      };
      const at = headers.find((each) => plain(each) === plain(header));
      if (at === undefined) refuse(`the file has no column ${header.trim()}. It has ${headers.join(", ")}.`);
      if (!known.has(target)) refuse(`${target} is no field. Take one of ${[...known].join(", ")}.`);
      return [at ?? "", target === "ignore" ? null : target];
    }),
  );
}

/** Throws AppError `bad_request` when no column holds numbers: a contact is known again by its number. */
export function mapColumns(
  headers: readonly string[],
  { wishes, fields }: { wishes: string | undefined; fields: readonly ContactField[] },
): CsvColumn[] {
  const wanted = wishes === undefined ? new Map<string, string | null>() : readWishes(wishes, headers, fields);
  const columns = headers.map((header) => {
    const wish = wanted.get(header);
    return { header: header.trim().slice(0, 100), field: wish === undefined ? detect(header, fields) : wish };
  });
  if (columns.some(({ field }) => field === "phone")) return columns;
  throw new AppError("bad_request", {
    publicMessage: `columns: none of ${headers
      .map((header) => header.trim())
      .join(", ")
      .slice(0, 500)} was read as the telephone number. Name it: ?columns=<header>=phone`,
  });
}
