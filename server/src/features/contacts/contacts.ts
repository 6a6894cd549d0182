/** Contacts of an organisation. Every change is one transaction with its entry in the audit log. */
import type { Contact, ContactField, NewContact } from "@parley/contract/contacts";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { repointCalls } from "../calls/index.ts";
import { type Organizations, readPlace } from "../organizations/index.ts";
import { applyChange } from "./apply-change.ts";
import { hasConsent, type KnownContact, nobody, openContact } from "./contact-details.ts";
import { checkFields, readFields } from "./contact-fields.ts";
import { toE164 } from "./contact-phone.ts";
import { contactHashes } from "./contact-terms.ts";
import {
  findByPhones,
  insertContact,
  removeContact,
  requireContact,
  rewriteContact,
  selectContacts,
} from "./contacts.store.ts";
import { contactFieldLists, contactMerges, contacts } from "./contacts.table.ts";
import { eraseMemory } from "./memory.store.ts";
import { type MergeWish, mergeContacts } from "./merge-contacts.ts";

export interface ContactFilters {
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly email?: string | undefined;
  readonly tag?: string | undefined;
  readonly doNotCall?: boolean | undefined;
}

export interface ContactPage extends ContactFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

interface Amendment {
  /** E.164. */
  readonly number: string;
  readonly change: NewContact;
  readonly mayCreate: boolean;
}

export interface Contacts {
  /** Newest first. Throws AppError `bad_request` for a cursor or number that cannot be read. */
  list(orgId: string, page: ContactPage): Promise<{ items: Contact[]; nextCursor: string | null }>;
  get(orgId: string, contactId: string): Promise<Contact>;
  /** Throws AppError `bad_request` that names the field, `conflict` that names the contact who has a number. */
  create(asked: Asked, wanted: NewContact): Promise<Contact>;
  change(
    asked: Asked & { contactId: string },
    change: NewContact & { revision?: number | undefined },
  ): Promise<Contact>;
  remove(asked: Asked & { contactId: string }): Promise<void>;
  merge(asked: Asked & MergeWish): Promise<Contact>;
  fields(orgId: string): Promise<ContactField[]>;
  setFields(asked: Asked, fields: readonly ContactField[]): Promise<ContactField[]>;
  /**
   * What a caller wishes of their own entry, in the transaction of the wish. Undefined: nobody has this number, and no contact is to be
   * made of it. Throws as `change` does.
   */
  amend(tx: OrgTx, wish: Asked & Amendment): Promise<{ contactId: string; isNew: boolean } | undefined>;
  /** Whose number it is. */
  findByPhone(tx: OrgTx, orgId: string, number: string): Promise<KnownContact | undefined>;
}

export interface ContactParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
}

/** As the API shows it; values of fields that are no longer defined are hidden. */
export function toContact(known: KnownContact, defined: readonly ContactField[]): Contact {
  const { id, revision, name, phones, emails, language, timeZone, notes, tags, fields, consents, doNotCall } = known;
  const shown = Object.entries(fields).filter(([field]) => defined.some((each) => each.name === field));
  return {
    ...{ id, revision, name, language, timeZone, notes, consents, doNotCall },
    ...{ phones: [...phones], emails: [...emails], tags: [...tags], fields: Object.fromEntries(shown) },
    createdAt: known.createdAt.toISOString(),
    updatedAt: known.updatedAt.toISOString(),
  };
}

export function createContacts(parts: ContactParts): Contacts {
  const { db, clock, organizations, audit } = parts;
  const now = () => new Date(clock.wallNow());

  const withKey = <T>(orgId: string, work: (tx: OrgTx, orgKey: Buffer) => Promise<T>) =>
    db.withOrg(orgId, async (tx) => work(tx, await organizations.keyOf(tx, orgId)));
  const show = async (tx: OrgTx, orgKey: Buffer, contactId: string) =>
    toContact(openContact(orgKey, await requireContact(tx, contactId)), await readFields(tx));

  return {
    list: (orgId, page) => withKey(orgId, (tx, orgKey) => listContacts(tx, { orgId, orgKey }, page)),
    get: (orgId, contactId) => withKey(orgId, (tx, orgKey) => show(tx, orgKey, contactId)),
    create: ({ orgId, actor }, wanted) =>
      withKey(orgId, async (tx, orgKey) => {
        return await show(tx, orgKey, await makeContact(tx, parts, { orgId, actor, orgKey, wanted }));
      }),
    change: (asked, change) =>
      withKey(asked.orgId, async (tx, orgKey) => {
        await changeContact(tx, parts, { ...asked, orgKey, change });
        return await show(tx, orgKey, asked.contactId);
      }),
    remove: ({ orgId, actor, contactId }) =>
      db.withOrg(orgId, async (tx) => {
        await requireContact(tx, contactId, "lock");
        await repointCalls(tx, contactId, null);
        await tx.delete(contactMerges).where(eq(contactMerges.intoId, contactId));
        await removeContact(tx, contactId);
        await audit.append(tx, { orgId, actor, action: "contacts.delete", subject: contactId });
      }),
    merge: ({ orgId, actor, ...wish }) =>
      withKey(orgId, async (tx, orgKey) => {
        if (await mergeContacts(tx, { orgId, orgKey, now: now() }, wish)) {
          const { contactId: subject, otherId } = wish;
          await audit.append(tx, { orgId, actor, action: "contacts.merge", subject, facts: { otherId } });
        }
        return await show(tx, orgKey, wish.contactId);
      }),
    fields: (orgId) => db.withOrg(orgId, async (tx) => [...(await readFields(tx))]),
    setFields: ({ orgId, actor }, fields) =>
      db.withOrg(orgId, async (tx) => {
        checkFields(fields);
        const columns = { fields: [...fields], updatedAt: now() };
        await tx
          .insert(contactFieldLists)
          .values({ orgId, ...columns })
          .onConflictDoUpdate({ target: contactFieldLists.orgId, set: columns });
        const facts = { fields: fields.map(({ name }) => name) };
        await audit.append(tx, { orgId, actor, action: "contact-fields.set", facts });
        return [...fields];
      }),
    amend: (tx, wish) => amendContact(tx, parts, wish),
    findByPhone: async (tx, orgId, number) => findOne(tx, await organizations.keyOf(tx, orgId), number),
  };
}

async function findOne(tx: OrgTx, orgKey: Buffer, number: string): Promise<KnownContact | undefined> {
  const id = (await findByPhones(tx, { orgKey }, [number])).get(number);
  if (id === undefined) return undefined;
  const [row] = await tx.select().from(contacts).where(eq(contacts.id, id));
  return row === undefined ? undefined : openContact(orgKey, row);
}

async function amendContact(tx: OrgTx, parts: ContactParts, wish: Asked & Amendment) {
  const { orgId, actor, number, change, mayCreate } = wish;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const known = await findOne(tx, orgKey, number);
  if (known !== undefined) {
    await changeContact(tx, parts, { orgId, actor, orgKey, contactId: known.id, change });
    return { contactId: known.id, isNew: false };
  }
  if (!mayCreate) return undefined;
  const wanted = { ...change, phones: [{ number, label: "" }] };
  return { contactId: await makeContact(tx, parts, { orgId, actor, orgKey, wanted }), isNew: true };
}

async function makeContact(
  tx: OrgTx,
  { clock, audit }: ContactParts,
  { orgId, orgKey, actor, wanted }: Asked & { orgKey: Buffer; wanted: NewContact },
): Promise<string> {
  const details = applyChange(nobody, wanted, await rulesOf(tx, clock));
  const id = newId("con", clock.wallNow());
  const now = new Date(clock.wallNow());
  await insertContact(tx, { orgId, orgKey }, { id, details, doNotCall: wanted.doNotCall ?? false, now });
  await audit.append(tx, { orgId, actor, action: "contacts.create", subject: id });
  return id;
}

async function changeContact(
  tx: OrgTx,
  { clock, audit }: ContactParts,
  asked: Asked & { contactId: string; orgKey: Buffer; change: NewContact & { revision?: number | undefined } },
): Promise<void> {
  const { orgId, orgKey, actor, contactId } = asked;
  const { revision, ...change } = asked.change;
  const row = await requireContact(tx, contactId, "lock");
  requireRevision(row.revision, revision);
  const details = applyChange(openContact(orgKey, row), change, await rulesOf(tx, clock));
  const doNotCall = change.doNotCall ?? row.doNotCall;
  await rewriteContact(tx, { orgId, orgKey }, { row, details, doNotCall, now: new Date(clock.wallNow()) });
  if (!hasConsent(details, "memory")) await eraseMemory(tx, contactId);
  const facts = { fields: Object.keys(change) };
  await audit.append(tx, { orgId, actor, action: "contacts.change", subject: contactId, facts });
}

function requireRevision(now: number, asked: number | undefined): void {
  if (asked === undefined || asked === now) return;
  throw new AppError("conflict", {
    publicMessage: `revision: the contact has changed since; it is at revision ${now}. Read it again, then change it.`,
  });
}

async function rulesOf(tx: OrgTx, clock: Clock) {
  const [{ country }, fields] = [await readPlace(tx), await readFields(tx)];
  return { country, fields, nowMs: clock.wallNow() };
}

const makeCursor = (contactId: string) => Buffer.from(contactId).toString("base64url");

function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, "base64url").toString();
  if (/^con_[0-9a-z]{10,40}$/.test(id)) return id;
  throw new AppError("bad_request", {
    publicMessage: "cursor is not one this list gave out. Leave it away to start at the newest contact.",
  });
}

async function listContacts(tx: OrgTx, org: { orgId: string; orgKey: Buffer }, page: ContactPage) {
  const { country, fields } = { ...(await readPlace(tx)), fields: await readFields(tx) };
  const hashes = contactHashes(org.orgKey);
  const phone = page.phone === undefined ? undefined : toE164(page.phone, country);
  if (page.phone !== undefined && phone === undefined) {
    throw new AppError("bad_request", {
      publicMessage: "phone is no number we can read. Write it with its country code, such as +201001234567.",
    });
  }
  const names = page.name === undefined ? [] : hashes.ofName(page.name);
  if (page.name !== undefined && names.length === 0) {
    throw new AppError("bad_request", { publicMessage: "name must hold at least one letter or digit." });
  }
  const terms = [
    ...(page.email === undefined ? [] : [hashes.ofEmail(page.email)]),
    ...names,
    ...(page.tag === undefined ? [] : [hashes.ofTag(page.tag)]),
  ];
  const { limit, doNotCall } = page;
  const query = { terms, phone, doNotCall, limit: limit + 1, afterId: readCursor(page.cursor) };
  const rows = await selectContacts(tx, org, query);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => toContact(openContact(org.orgKey, row), fields)),
    nextCursor: rows.length > limit && last !== undefined ? makeCursor(last.id) : null,
  };
}
