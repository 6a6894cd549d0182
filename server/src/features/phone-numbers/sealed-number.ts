/** A number's row, opened and sealed. */
import type { AddressFinding, PhoneNumber } from "@parley/contract/phone-numbers";
import { deriveSecret, keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { PhoneNumberRow } from "./phone-numbers.table.ts";

export interface NumberContent {
  /** E.164. */
  readonly number: string;
  readonly name: string;
  /** The carrier's id. */
  readonly sid: string;
  readonly canSms: boolean;
}

export interface Finding {
  readonly findings: readonly AddressFinding[];
  readonly problem: string | null;
}

export type NumberHash = (number: string) => Buffer;

/** Over the installation: a number belongs to one organisation of it. */
export function createNumberHash(masterKey: Buffer): NumberHash {
  const key = deriveSecret(masterKey, "phone numbers");
  return (number) => keyedHash(key, number);
}

interface Place {
  readonly id: string;
  readonly orgId: string;
}

const sealIn =
  (key: Buffer, { id, orgId }: Place, column: "number" | "finding") =>
  (value: unknown) =>
    seal(key, { orgId, owner: id, seq: column }, value);

export function sealNumber(place: Place, orgKey: Buffer, content: NumberContent) {
  const key = newKey();
  return { keyWrap: wrapKey(orgKey, key, place.id), sealedNumber: sealIn(key, place, "number")(content) };
}

export function sealFinding(row: PhoneNumberRow, orgKey: Buffer, finding: Finding): Buffer {
  return sealIn(unwrapKey(orgKey, row.keyWrap, row.id), row, "finding")(finding);
}

export function openNumber(row: PhoneNumberRow, orgKey: Buffer): NumberContent & Finding {
  const key = unwrapKey(orgKey, row.keyWrap, row.id);
  const opened = (column: "number" | "finding", bytes: Buffer) =>
    open(key, { orgId: row.orgId, owner: row.id, seq: column }, bytes);
  const finding =
    row.sealedFinding === null ? { findings: [], problem: null } : (opened("finding", row.sealedFinding) as Finding);
  return { ...(opened("number", row.sealedNumber) as NumberContent), ...finding };
}

export function toPhoneNumber(row: PhoneNumberRow, orgKey: Buffer): PhoneNumber {
  const { number, name, canSms, findings, problem } = openNumber(row, orgKey);
  const { id, connectionId, state, smsReceived } = row;
  return {
    ...{ id, connectionId, number, name, canSms, state, problem, smsReceived },
    findings: [...findings],
    routing: row.routing.routing,
    createdAt: row.createdAt.toISOString(),
    checkedAt: row.checkedAt.toISOString(),
  };
}
