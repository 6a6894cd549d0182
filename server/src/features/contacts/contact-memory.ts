/** Memory across calls: only of contacts who consented to it. */
import type { ContactMemory } from "@parley/contract/contacts";
import { and, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { hasConsent, openContact } from "./contact-details.ts";
import { requireContact } from "./contacts.store.ts";
import { type ContactRow, contactMerges, contacts } from "./contacts.table.ts";
import { eraseMemory, type Memory, type RememberedItem, readMemory, writeMemory } from "./memory.store.ts";
import { contactMemoryCalls } from "./memory.table.ts";

export interface CallMemory {
  readonly orgId: string;
  readonly contactId: string;
  readonly callId: string;
  /** Sentences about the person that hold beyond this call. */
  readonly facts: readonly string[];
  /** Of all calls so far: replaces the one before. Absent: it stays. */
  readonly summary?: string;
  /** What was promised and not done yet: replaces the list before. Absent: it stays. */
  readonly openItems?: readonly string[];
}

interface Correction {
  readonly facts?: readonly { id?: string | undefined; text: string }[] | undefined;
  readonly summary?: string | undefined;
  readonly openItems?: readonly { id?: string | undefined; text: string }[] | undefined;
}

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
  readonly contactId: string;
}

export interface ContactMemories {
  /**
   * Once for each call: the second time, or for a contact who is gone or did not consent, nothing happens and it is false.
   * A contact that was merged is followed.
   */
  remember(tx: OrgTx, what: CallMemory): Promise<boolean>;
  get(orgId: string, contactId: string): Promise<ContactMemory>;
  /** Throws AppError `conflict` without the contact's consent, `bad_request` for an item that is not there. */
  correct(asked: Asked, correction: Correction): Promise<ContactMemory>;
  forget(asked: Asked): Promise<void>;
}

export interface MemoryParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
}

export function createContactMemories(parts: MemoryParts): ContactMemories {
  const { db, organizations, audit } = parts;
  return {
    remember: (tx, what) => remember(tx, parts, what),
    get: (orgId, contactId) =>
      db.withOrg(orgId, async (tx) =>
        show(tx, await organizations.keyOf(tx, orgId), await requireContact(tx, contactId)),
      ),
    async correct({ orgId, actor, contactId }, correction) {
      return await db.withOrg(orgId, async (tx) => {
        const orgKey = await organizations.keyOf(tx, orgId);
        const contact = await requireContact(tx, contactId, "lock");
        if (!hasConsent(openContact(orgKey, contact), "memory")) {
          throw new AppError("conflict", {
            publicMessage: "This contact did not consent to memory. Record the consent first (consents.memory).",
          });
        }
        const { memory } = await readMemory(tx, { orgKey }, contact);
        await writeMemory(
          tx,
          { orgKey },
          { contact, now: new Date(parts.clock.wallNow()), memory: corrected(memory, correction, parts.clock) },
        );
        const fields = Object.keys(correction);
        await audit.append(tx, {
          orgId,
          actor,
          action: "contact-memory.correct",
          subject: contactId,
          facts: { fields },
        });
        return await show(tx, orgKey, contact);
      });
    },
    async forget({ orgId, actor, contactId }) {
      await db.withOrg(orgId, async (tx) => {
        await requireContact(tx, contactId, "lock");
        await eraseMemory(tx, contactId);
        await audit.append(tx, { orgId, actor, action: "contact-memory.forget", subject: contactId });
      });
    },
  };
}

async function show(tx: OrgTx, orgKey: Buffer, contact: ContactRow): Promise<ContactMemory> {
  const { memory, updatedAt } = await readMemory(tx, { orgKey }, contact);
  return {
    hasConsent: hasConsent(openContact(orgKey, contact), "memory"),
    ...{ facts: [...memory.facts], summary: memory.summary, openItems: [...memory.openItems] },
    updatedAt: updatedAt?.toISOString() ?? null,
  };
}

/** Locked. Follows a contact to the one it was merged into. */
async function findLiving(tx: OrgTx, contactId: string): Promise<ContactRow | undefined> {
  const [merged] = await tx.select().from(contactMerges).where(eq(contactMerges.mergedId, contactId));
  const id = merged?.intoId ?? contactId;
  const [row] = await tx.select().from(contacts).where(eq(contacts.id, id)).for("update");
  return row;
}

async function remember(tx: OrgTx, { organizations, clock }: MemoryParts, what: CallMemory): Promise<boolean> {
  const { orgId, callId } = what;
  const contact = await findLiving(tx, what.contactId);
  if (contact === undefined) return false;
  const orgKey = await organizations.keyOf(tx, orgId);
  if (!hasConsent(openContact(orgKey, contact), "memory")) return false;
  const now = new Date(clock.wallNow());
  const first = await tx
    .insert(contactMemoryCalls)
    .values({ orgId, callId, contactId: contact.id, rememberedAt: now })
    .onConflictDoNothing()
    .returning({ callId: contactMemoryCalls.callId });
  if (first.length === 0) return false;
  const { memory } = await readMemory(tx, { orgKey }, contact);
  await writeMemory(tx, { orgKey }, { contact, now, memory: added(memory, what, now) });
  return true;
}

function toItem(text: string, callId: string | null, now: Date): RememberedItem {
  return { id: newId("fact", now.getTime()), text: text.trim().slice(0, 500), callId, at: now.toISOString() };
}

const sameText = (left: string, right: string) => left.trim().toLowerCase() === right.trim().toLowerCase();

function added(memory: Memory, { callId, facts, summary, openItems }: CallMemory, now: Date): Memory {
  const fresh = facts.filter((text) => text.trim() !== "" && !memory.facts.some((fact) => sameText(fact.text, text)));
  const open = openItems?.filter((text) => text.trim() !== "");
  return {
    facts: [...memory.facts, ...fresh.map((text) => toItem(text, callId, now))],
    summary: summary ?? memory.summary,
    openItems:
      open?.map((text) => memory.openItems.find((item) => sameText(item.text, text)) ?? toItem(text, callId, now)) ??
      memory.openItems,
  };
}

function corrected(memory: Memory, correction: Correction, clock: Clock): Memory {
  const now = new Date(clock.wallNow());
  const list = (field: "facts" | "openItems") =>
    correction[field]?.map(({ id, text }, index) => {
      if (id === undefined) return toItem(text, null, now);
      const kept = memory[field].find((item) => item.id === id);
      if (kept !== undefined) return { ...kept, text };
      throw new AppError("bad_request", {
        publicMessage: `${field}.${index}.id is none of this contact's. Leave it away for a new one.`,
      });
    }) ?? memory[field];
  return { facts: list("facts"), summary: correction.summary ?? memory.summary, openItems: list("openItems") };
}

/** The other's memory goes over; what both calls left is kept, the older first. Nothing without the survivor's consent. */
export async function mergeMemories(
  tx: OrgTx,
  { orgKey }: { orgKey: Buffer },
  { into, from, now, isAllowed }: { into: ContactRow; from: ContactRow; now: Date; isAllowed: boolean },
): Promise<void> {
  const { orgId } = into;
  await tx
    .update(contactMemoryCalls)
    .set({ contactId: into.id })
    .where(and(eq(contactMemoryCalls.orgId, orgId), eq(contactMemoryCalls.contactId, from.id)));
  const theirs = await readMemory(tx, { orgKey }, from);
  if (!isAllowed) await eraseMemory(tx, into.id);
  if (theirs.updatedAt === undefined || !isAllowed) return;
  const { memory } = await readMemory(tx, { orgKey }, into);
  const older = (left: RememberedItem, right: RememberedItem) => (left.at < right.at ? -1 : 1);
  await writeMemory(
    tx,
    { orgKey },
    {
      contact: into,
      now,
      memory: {
        facts: [...theirs.memory.facts, ...memory.facts].toSorted(older),
        summary: [theirs.memory.summary, memory.summary].filter((text) => text !== "").join("\n"),
        openItems: [...theirs.memory.openItems, ...memory.openItems].toSorted(older),
      },
    },
  );
}
