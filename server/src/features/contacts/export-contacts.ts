/** Contacts as CSV, a page at a time: no transaction stays open while the other side reads. */
import type { Readable } from "node:stream";
import { safeCell, streamCsv } from "../../platform/csv/stream-csv.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { consentKinds, type KnownContact, openContact } from "./contact-details.ts";
import { readFields } from "./contact-fields.ts";
import { contactHashes } from "./contact-terms.ts";
import { selectContacts } from "./contacts.store.ts";

const pageSize = 500;

export interface ExportFilters {
  readonly tag?: string | undefined;
  readonly doNotCall?: boolean | undefined;
}

function toCells(contact: KnownContact, fieldNames: readonly string[]): string[] {
  const consentOf = (kind: (typeof consentKinds)[number]) => String(contact.consents[kind]?.granted ?? "");
  return [
    contact.id,
    contact.name,
    contact.phones.map(({ number }) => number).join(" ; "),
    contact.emails.join(" ; "),
    contact.language ?? "",
    contact.timeZone ?? "",
    contact.tags.join(" ; "),
    String(contact.doNotCall),
    ...consentKinds.map(consentOf),
    contact.notes,
    contact.createdAt.toISOString(),
    ...fieldNames.map((name) => String(contact.fields[name] ?? "")),
  ].map(safeCell);
}

export interface ExportParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
}

async function* rowsOf({ db, organizations }: ExportParts, orgId: string, { tag, doNotCall }: ExportFilters) {
  const names = await db.withOrg(orgId, async (tx) => (await readFields(tx)).map(({ name }) => name));
  yield [
    ...["id", "name", "phone", "email", "language", "timeZone", "tags", "doNotCall"],
    ...consentKinds.map((kind) => `consent.${kind}`),
    ...["notes", "createdAt"],
    ...names.map((name) => `fields.${name}`),
  ];
  for (let afterId: string | undefined; ; ) {
    const { rows, orgKey } = await db.withOrg(orgId, async (tx) => {
      const key = await organizations.keyOf(tx, orgId);
      const terms = tag === undefined ? [] : [contactHashes(key).ofTag(tag)];
      const org = { orgId, orgKey: key };
      return { rows: await selectContacts(tx, org, { limit: pageSize, afterId, terms, doNotCall }), orgKey: key };
    });
    for (const row of rows) yield toCells(openContact(orgKey, row), names);
    afterId = rows.at(-1)?.id;
    if (rows.length < pageSize || afterId === undefined) return;
  }
}

export function exportContacts(parts: ExportParts, orgId: string, filters: ExportFilters): Readable {
  return streamCsv(rowsOf(parts, orgId, filters));
}
