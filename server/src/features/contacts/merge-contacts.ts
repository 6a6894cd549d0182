/** Two contacts that are one person. */
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { repointCalls } from "../calls/index.ts";
import { type Consent, type ContactDetails, consentKinds, hasConsent, openContact } from "./contact-details.ts";
import { mergeMemories } from "./contact-memory.ts";
import { lockContacts, removeContact, rewriteContact } from "./contacts.store.ts";
import { contactMerges } from "./contacts.table.ts";

type Choosable = "name" | "language" | "timeZone" | "notes" | "doNotCall";

export interface MergeWish {
  /** Who stays. */
  readonly contactId: string;
  readonly otherId: string;
  readonly takeFromOther: readonly Choosable[];
  readonly takeFieldsFromOther: readonly string[];
}

interface Bound {
  readonly orgId: string;
  readonly orgKey: Buffer;
  readonly now: Date;
}

/** False when they were merged before. Throws AppError `not_found`, or `bad_request` for a contact and itself. */
export async function mergeContacts(tx: OrgTx, { orgId, orgKey, now }: Bound, wish: MergeWish): Promise<boolean> {
  const { contactId, otherId } = wish;
  if (contactId === otherId) {
    throw new AppError("bad_request", { publicMessage: "otherId must be another contact." });
  }
  const rows = await lockContacts(tx, [contactId, otherId]);
  const [into, from] = [rows.get(contactId), rows.get(otherId)];
  if (into === undefined) throw notFound();
  if (from === undefined) {
    const [before] = await tx.select().from(contactMerges).where(eq(contactMerges.mergedId, otherId));
    if (before?.intoId === contactId) return false;
    throw notFound();
  }
  const [mine, theirs] = [openContact(orgKey, into), openContact(orgKey, from)];
  const details = unite(mine, theirs, wish);
  const isAllowed = hasConsent(details, "memory");
  await mergeMemories(tx, { orgKey }, { into, from, now, isAllowed });
  await repointCalls(tx, otherId, contactId);
  await tx.update(contactMerges).set({ intoId: contactId }).where(eq(contactMerges.intoId, otherId));
  await tx.insert(contactMerges).values({ orgId, mergedId: otherId, intoId: contactId, mergedAt: now });
  await removeContact(tx, otherId);
  // Who asked not to be called is not called because of a merge, unless it is decided so.
  const doNotCall = wish.takeFromOther.includes("doNotCall") ? from.doNotCall : into.doNotCall || from.doNotCall;
  await rewriteContact(tx, { orgId, orgKey }, { row: into, details, doNotCall, now });
  return true;
}

const notFound = () => new AppError("not_found", { publicMessage: "There is no such contact." });

/** The newest word counts. */
const laterOf = (left: Consent | null, right: Consent | null): Consent | null => {
  if (left === null || right === null) return left ?? right;
  return Date.parse(left.at) >= Date.parse(right.at) ? left : right;
};

function unite(mine: ContactDetails, theirs: ContactDetails, wish: MergeWish): ContactDetails {
  const choose = <K extends "name" | "language" | "timeZone" | "notes">(field: K): ContactDetails[K] => {
    const isEmpty = mine[field] === null || mine[field] === "";
    return isEmpty || wish.takeFromOther.includes(field) ? theirs[field] : mine[field];
  };
  const taken = Object.entries(theirs.fields).filter(
    ([name]) => wish.takeFieldsFromOther.includes(name) || !Object.hasOwn(mine.fields, name),
  );
  const lowTags = mine.tags.map((tag) => tag.toLowerCase());
  return {
    ...{ name: choose("name"), language: choose("language"), timeZone: choose("timeZone"), notes: choose("notes") },
    phones: [...mine.phones, ...theirs.phones],
    emails: [...new Set([...mine.emails, ...theirs.emails])],
    tags: [...mine.tags, ...theirs.tags.filter((tag) => !lowTags.includes(tag.toLowerCase()))],
    fields: { ...mine.fields, ...Object.fromEntries(taken) },
    consents: Object.fromEntries(
      consentKinds.map((kind) => [kind, laterOf(mine.consents[kind], theirs.consents[kind])]),
    ) as ContactDetails["consents"],
  };
}
