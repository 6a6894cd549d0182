/** Rows of contacts: a contact's own, its numbers and its words in the blind index, always together. */
import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type ContactDetails, contactKeyOf, makeContactKey, sealDetails } from "./contact-details.ts";
import { type ContactHashes, contactHashes } from "./contact-terms.ts";
import { type ContactRow, contactPhones, contacts, contactTerms } from "./contacts.table.ts";

/** The transaction's organisation: its id and its key. */
export interface OrgKey {
  readonly orgId: string;
  readonly orgKey: Buffer;
}

export interface ContactWrite {
  readonly id: string;
  readonly details: ContactDetails;
  readonly doNotCall: boolean;
  readonly now: Date;
}

/** `phone.number` is another contact's: the error names that one. */
function throwTaken(number: string, contactId: string): never {
  const at = number.slice(-2);
  throw new AppError("conflict", {
    publicMessage: `phones: the number that ends in ${at} belongs to the contact ${contactId}. Change that one, or merge the two.`,
  });
}

/** Column by column: a placeholder for every value costs several times the insert itself. */
async function insertTerms(tx: OrgTx, orgId: string, owned: readonly { contactId: string; term: Buffer }[]) {
  if (owned.length === 0) return;
  const terms = sql.param(owned.map(({ term }) => term));
  const ids = sql.param(owned.map(({ contactId }) => contactId));
  await tx.execute(sql`
    insert into contact_terms (org_id, term, contact_id)
    select ${orgId}, * from unnest(${terms}::bytea[], ${ids}::text[])
    on conflict do nothing`);
}

async function claimPhones(
  tx: OrgTx,
  { orgId, contactId, hashes }: { orgId: string; contactId: string; hashes: ContactHashes },
  phones: ContactDetails["phones"],
): Promise<void> {
  for (const { number } of phones) {
    const phoneHash = hashes.phone(number);
    const made = await tx
      .insert(contactPhones)
      .values({ orgId, phoneHash, contactId })
      .onConflictDoNothing()
      .returning({ contactId: contactPhones.contactId });
    if (made.length > 0) continue;
    const holder = await holderOf(tx, phoneHash);
    if (holder !== undefined && holder !== contactId) throwTaken(number, holder);
  }
}

async function holderOf(tx: OrgTx, phoneHash: Buffer): Promise<string | undefined> {
  const [row] = await tx.select().from(contactPhones).where(eq(contactPhones.phoneHash, phoneHash));
  return row?.contactId;
}

/** Throws AppError `conflict` when a number is another contact's. */
export async function insertContact(tx: OrgTx, { orgId, orgKey }: OrgKey, write: ContactWrite): Promise<void> {
  const { id, details, doNotCall, now } = write;
  const { key, keyWrap } = makeContactKey(orgKey, id);
  const sealedDetails = sealDetails(key, { orgId, contactId: id }, details);
  await tx.insert(contacts).values({ orgId, id, keyWrap, sealedDetails, doNotCall, createdAt: now, updatedAt: now });
  await writeIndex(tx, { orgId, orgKey }, write);
}

/** Many new ones at once. Throws AppError `conflict` when somebody took one of the numbers meanwhile: try the whole again. */
export async function insertContacts(
  tx: OrgTx,
  { orgId, orgKey }: OrgKey,
  writes: readonly ContactWrite[],
): Promise<void> {
  const hashes = contactHashes(orgKey);
  const rows = writes.map(({ id, details, doNotCall, now }) => {
    const { key, keyWrap } = makeContactKey(orgKey, id);
    const sealedDetails = sealDetails(key, { orgId, contactId: id }, details);
    return { orgId, id, keyWrap, sealedDetails, doNotCall, createdAt: now, updatedAt: now };
  });
  await tx.insert(contacts).values(rows);
  const phones = writes.flatMap(({ id, details }) =>
    details.phones.map(({ number }) => ({ orgId, phoneHash: hashes.phone(number), contactId: id })),
  );
  const made = await tx
    .insert(contactPhones)
    .values(phones)
    .onConflictDoNothing()
    .returning({ contactId: contactPhones.contactId });
  if (made.length !== phones.length) {
    throw new AppError("conflict", { publicMessage: "phones: a number was taken meanwhile. Try again." });
  }
  const owned = writes.flatMap(({ id, details }) => hashes.allOf(details).map((term) => ({ contactId: id, term })));
  await insertTerms(tx, orgId, owned);
}

/** Throws AppError `conflict` when a number is another contact's. `row` was read for update. */
export async function rewriteContact(
  tx: OrgTx,
  { orgId, orgKey }: OrgKey,
  { row, ...write }: Omit<ContactWrite, "id"> & { row: ContactRow },
): Promise<void> {
  const sealedDetails = sealDetails(contactKeyOf(orgKey, row), { orgId, contactId: row.id }, write.details);
  await tx
    .update(contacts)
    .set({ sealedDetails, doNotCall: write.doNotCall, revision: row.revision + 1, updatedAt: write.now })
    .where(eq(contacts.id, row.id));
  await tx.delete(contactTerms).where(eq(contactTerms.contactId, row.id));
  await tx.delete(contactPhones).where(eq(contactPhones.contactId, row.id));
  await writeIndex(tx, { orgId, orgKey }, { ...write, id: row.id });
}

async function writeIndex(tx: OrgTx, { orgId, orgKey }: OrgKey, { id, details }: ContactWrite): Promise<void> {
  const hashes = contactHashes(orgKey);
  await claimPhones(tx, { orgId, contactId: id, hashes }, details.phones);
  const owned = hashes.allOf(details).map((term) => ({ contactId: id, term }));
  await insertTerms(tx, orgId, owned);
}

/** Throws AppError `not_found`. `lock`: until the transaction's end nobody else changes it. */
export async function requireContact(tx: OrgTx, contactId: string, lock?: "lock"): Promise<ContactRow> {
  const query = tx.select().from(contacts).where(eq(contacts.id, contactId));
  const [row] = await (lock === undefined ? query : query.for("update"));
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such contact." });
  return row;
}

/** Which contact has which of these numbers. */
export async function findByPhones(
  tx: OrgTx,
  { orgKey }: Pick<OrgKey, "orgKey">,
  numbers: readonly string[],
): Promise<Map<string, string>> {
  if (numbers.length === 0) return new Map();
  const hashes = contactHashes(orgKey);
  const byHash = new Map(numbers.map((number) => [hashes.phone(number).toString("hex"), number]));
  const wanted = [...byHash.keys()].map((hex) => Buffer.from(hex, "hex"));
  const rows = await tx
    .select()
    .from(contactPhones)
    .where(sql`${contactPhones.phoneHash} = any(${sql.param(wanted)}::bytea[])`);
  return new Map(rows.map((row) => [byHash.get(row.phoneHash.toString("hex")) ?? "", row.contactId]));
}

export interface ContactQuery {
  readonly limit: number;
  /** The last contact's id of the page before. */
  readonly afterId?: string | undefined;
  /** All must be there. The one that fewest contacts have stands first. */
  readonly terms?: readonly Buffer[];
  readonly phone?: string | undefined;
  readonly doNotCall?: boolean | undefined;
}

/** Newest first. */
export async function selectContacts(tx: OrgTx, { orgId, orgKey }: OrgKey, query: ContactQuery): Promise<ContactRow[]> {
  const [first, ...others] = query.terms ?? [];
  const conditions: (SQL | undefined)[] = [
    eq(contacts.orgId, orgId),
    query.doNotCall === undefined ? undefined : sql`${contacts.doNotCall} = ${sql.raw(String(query.doNotCall))}`,
    ...others.map(
      (term) => sql`exists (select 1 from ${contactTerms} more
        where more.org_id = ${orgId} and more.term = ${term} and more.contact_id = ${contacts.id})`,
    ),
  ];
  if (query.phone !== undefined) {
    const holder = await holderOf(tx, contactHashes(orgKey).phone(query.phone));
    if (holder === undefined) return [];
    conditions.push(eq(contacts.id, holder));
  }
  if (first === undefined) {
    if (query.afterId !== undefined) conditions.push(lt(contacts.id, query.afterId));
    return await tx
      .select()
      .from(contacts)
      .where(and(...conditions))
      .orderBy(desc(contacts.id))
      .limit(query.limit);
  }
  if (query.afterId !== undefined) conditions.push(lt(contactTerms.contactId, query.afterId));
  // Led by the index of words, in its own order: a rare word does not walk a million contacts.
  const rows = await tx
    .select({ contact: contacts })
    .from(contactTerms)
    .innerJoin(contacts, and(eq(contacts.orgId, contactTerms.orgId), eq(contacts.id, contactTerms.contactId)))
    .where(and(eq(contactTerms.orgId, orgId), eq(contactTerms.term, first), ...conditions))
    .orderBy(desc(contactTerms.contactId))
    .limit(query.limit);
  return rows.map(({ contact }) => contact);
}

export async function removeContact(tx: OrgTx, contactId: string): Promise<void> {
  await tx.delete(contacts).where(eq(contacts.id, contactId));
}

/** In the order of the ids given; locked. */
export async function lockContacts(tx: OrgTx, ids: readonly string[]): Promise<Map<string, ContactRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(contacts)
    .where(inArray(contacts.id, [...ids]))
    .orderBy(contacts.id)
    .for("update");
  return new Map(rows.map((row) => [row.id, row]));
}
