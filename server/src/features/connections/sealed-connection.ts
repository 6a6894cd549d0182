/** A connection's row, opened and sealed: its secrets leave this feature only towards the vendor they belong to. */
import { createHash } from "node:crypto";
import type { Connection, ConnectionVendor } from "@parley/contract/connections";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { ConnectionRow } from "./connections.table.ts";

/** An account at the telephone company. */
export interface CarrierSecrets {
  readonly accountSid: string;
  /** The carrier signs its webhooks with it. */
  readonly authToken: string;
  /** Requests go out under this key when there is one. */
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}

export interface KeySecrets {
  readonly apiKey: string;
}

export type StoredSecrets = CarrierSecrets | KeySecrets;

/** The secret a vendor checks first; its end is what a person is shown. */
export const mainSecret = (secrets: StoredSecrets): string =>
  "apiKey" in secrets ? secrets.apiKey : (secrets.apiKeySecret ?? secrets.authToken);

const everySecret = (secrets: StoredSecrets): string[] =>
  "apiKey" in secrets
    ? [secrets.apiKey]
    : [secrets.authToken, ...(secrets.apiKeySecret === undefined ? [] : [secrets.apiKeySecret])];

/** A vendor may quote what it was sent. */
export function withoutSecrets(words: string, secrets: StoredSecrets): string {
  return everySecret(secrets).reduce((text, secret) => text.replaceAll(secret, "…"), words);
}

export interface OpenConnection {
  readonly name: string;
  readonly secrets: StoredSecrets;
  readonly problem: string | undefined;
}

interface Place {
  readonly id: string;
  readonly orgId: string;
  readonly orgKey: Buffer;
}

/** Under a new key: with the old wrap gone, what was sealed before is unreadable. */
export function sealConnection({ id, orgId, orgKey }: Place, content: OpenConnection) {
  const key = newKey();
  const sealed = (column: string, value: unknown) => seal(key, { orgId, owner: id, seq: column }, value);
  return {
    keyWrap: wrapKey(orgKey, key, id),
    sealedName: sealed("name", content.name),
    sealedSecrets: sealed("secrets", content.secrets),
    sealedProblem: content.problem === undefined ? null : sealed("problem", content.problem),
  };
}

export function openConnection(row: ConnectionRow, orgKey: Buffer): OpenConnection {
  const key = unwrapKey(orgKey, row.keyWrap, row.id);
  const opened = (column: string, bytes: Buffer) => open(key, { orgId: row.orgId, owner: row.id, seq: column }, bytes);
  return {
    name: opened("name", row.sealedName) as string,
    secrets: opened("secrets", row.sealedSecrets) as StoredSecrets,
    problem: row.sealedProblem === null ? undefined : (opened("problem", row.sealedProblem) as string),
  };
}

export function toConnection(row: ConnectionRow, { name, secrets, problem }: OpenConnection): Connection {
  const secret = mainSecret(secrets);
  const vendor: ConnectionVendor = row.vendor;
  return {
    ...{ id: row.id, vendor, name, status: row.status, problem: problem ?? null },
    accountSid: "accountSid" in secrets ? secrets.accountSid : null,
    lastFour: secret.slice(-4),
    fingerprint: createHash("sha256").update(`${row.orgId}\0`).update(secret).digest("hex").slice(0, 12),
    checkedAt: row.checkedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    rotatedAt: row.rotatedAt.toISOString(),
  };
}
