/** What is remembered, sealed under a key of its own: taking the row away destroys that key. */
import { eq } from "drizzle-orm";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { contactKeyOf } from "./contact-details.ts";
import type { OrgKey } from "./contacts.store.ts";
import type { ContactRow } from "./contacts.table.ts";
import { contactMemories } from "./memory.table.ts";

export interface RememberedItem {
  readonly id: string;
  readonly text: string;
  /** Null: written by hand. */
  readonly callId: string | null;
  /** ISO. */
  readonly at: string;
}

export interface Memory {
  readonly facts: readonly RememberedItem[];
  readonly summary: string;
  readonly openItems: readonly RememberedItem[];
}

export const emptyMemory: Memory = { facts: [], summary: "", openItems: [] };
export const mostFacts = 50;
export const mostOpenItems = 20;

const keyName = (contactId: string) => `memory of ${contactId}`;
const placeOf = (orgId: string, contactId: string) => ({ orgId, owner: contactId, seq: "memory" });

export async function readMemory(
  tx: OrgTx,
  { orgKey }: Pick<OrgKey, "orgKey">,
  contact: ContactRow,
): Promise<{ memory: Memory; updatedAt: Date | undefined }> {
  const [row] = await tx.select().from(contactMemories).where(eq(contactMemories.contactId, contact.id));
  if (row === undefined) return { memory: emptyMemory, updatedAt: undefined };
  const key = unwrapKey(contactKeyOf(orgKey, contact), row.keyWrap, keyName(contact.id));
  const memory = open(key, placeOf(contact.orgId, contact.id), row.sealedMemory) as Memory;
  return { memory, updatedAt: row.updatedAt };
}

/** The newest that fit; the contact's row is locked by who asks. A new key each time: what was corrected is gone. */
export async function writeMemory(
  tx: OrgTx,
  { orgKey }: Pick<OrgKey, "orgKey">,
  { contact, memory, now }: { contact: ContactRow; memory: Memory; now: Date },
): Promise<void> {
  const bounded: Memory = {
    facts: memory.facts.slice(-mostFacts),
    summary: memory.summary.slice(0, 2000),
    openItems: memory.openItems.slice(-mostOpenItems),
  };
  const { orgId, id: contactId } = contact;
  const key = newKey();
  const keyWrap = wrapKey(contactKeyOf(orgKey, contact), key, keyName(contactId));
  const sealedMemory = seal(key, placeOf(orgId, contactId), bounded);
  const columns = { keyWrap, sealedMemory, updatedAt: now };
  await tx
    .insert(contactMemories)
    .values({ orgId, contactId, ...columns })
    .onConflictDoUpdate({ target: [contactMemories.orgId, contactMemories.contactId], set: columns });
}

export async function eraseMemory(tx: OrgTx, contactId: string): Promise<boolean> {
  const gone = await tx
    .delete(contactMemories)
    .where(eq(contactMemories.contactId, contactId))
    .returning({ contactId: contactMemories.contactId });
  return gone.length > 0;
}
