/** What is known of a person, and how it is sealed under a key of their own. */
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { ContactRow } from "./contacts.table.ts";

export interface Consent {
  readonly granted: boolean;
  /** ISO. */
  readonly at: string;
  readonly how: string;
}

export const consentKinds = ["recording", "memory", "marketing"] as const;
export type ConsentKind = (typeof consentKinds)[number];

/** Phones are E.164; the first is the primary one. */
export interface ContactDetails {
  readonly name: string;
  readonly phones: readonly { readonly number: string; readonly label: string }[];
  readonly emails: readonly string[];
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly consents: Readonly<Record<ConsentKind, Consent | null>>;
}

export interface KnownContact extends ContactDetails {
  readonly id: string;
  readonly revision: number;
  readonly doNotCall: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const nobody: ContactDetails = {
  ...{ name: "", phones: [], emails: [], language: null, timeZone: null, notes: "", tags: [], fields: {} },
  consents: { recording: null, memory: null, marketing: null },
};

const placeOf = (orgId: string, contactId: string) => ({ orgId, owner: contactId, seq: "details" });

export function makeContactKey(orgKey: Buffer, contactId: string): { key: Buffer; keyWrap: Buffer } {
  const key = newKey();
  return { key, keyWrap: wrapKey(orgKey, key, contactId) };
}

export const contactKeyOf = (orgKey: Buffer, row: Pick<ContactRow, "id" | "keyWrap">): Buffer =>
  unwrapKey(orgKey, row.keyWrap, row.id);

export function sealDetails(key: Buffer, at: { orgId: string; contactId: string }, details: ContactDetails): Buffer {
  const { name, phones, emails, language, timeZone, notes, tags, fields, consents } = details;
  const kept = { name, phones, emails, language, timeZone, notes, tags, fields, consents };
  return seal(key, placeOf(at.orgId, at.contactId), kept);
}

export function openContact(orgKey: Buffer, row: ContactRow): KnownContact {
  const details = open(contactKeyOf(orgKey, row), placeOf(row.orgId, row.id), row.sealedDetails) as ContactDetails;
  const { id, revision, doNotCall, createdAt, updatedAt } = row;
  return { ...nobody, ...details, id, revision, doNotCall, createdAt, updatedAt };
}

export const hasConsent = (details: ContactDetails, kind: ConsentKind): boolean =>
  details.consents[kind]?.granted === true;
