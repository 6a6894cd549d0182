/** A connection's row, opened and sealed: its secrets leave this feature only towards the vendor they belong to. */
import { createHash } from "node:crypto";
import type { Connection, ConnectionVendor } from "@parley/contract/connections";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { ConnectionRow } from "./connections.table.ts";
import { usesOf } from "./oauth-scopes.ts";

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

/** What a person's consent at Google or Microsoft gave us. */
export interface ConsentSecrets {
  /** The e-mail address of whoever consented. */
  readonly account: string;
  readonly accessToken: string;
  readonly accessUntilMs: number;
  readonly refreshToken: string;
  /** As granted, which may be less than was asked for. */
  readonly scopes: readonly string[];
}

export interface CalendarServerSecrets {
  readonly serverUrl: string;
  readonly username: string;
  readonly password: string;
}

/** A search engine of somebody's. */
export interface InstanceSecrets {
  readonly baseUrl: string;
}

/** An organisation at Salesforce. */
export interface AppSecrets {
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export type StoredSecrets =
  | CarrierSecrets
  | KeySecrets
  | ConsentSecrets
  | CalendarServerSecrets
  | InstanceSecrets
  | AppSecrets;

/** The secret a vendor checks first; its end is what a person is shown. */
export function mainSecret(secrets: StoredSecrets): string {
  if ("apiKey" in secrets) return secrets.apiKey;
  if ("refreshToken" in secrets) return secrets.refreshToken;
  if ("password" in secrets) return secrets.password;
  if ("clientSecret" in secrets) return secrets.clientSecret;
  if ("baseUrl" in secrets) return secrets.baseUrl;
  return secrets.apiKeySecret ?? secrets.authToken;
}

function everySecret(secrets: StoredSecrets): string[] {
  if ("refreshToken" in secrets) return [secrets.accessToken, secrets.refreshToken];
  if ("authToken" in secrets) return [secrets.authToken, ...(secrets.apiKeySecret ? [secrets.apiKeySecret] : [])];
  return [mainSecret(secrets)];
}

/** A vendor may quote what it was sent. */
export function withoutSecrets(words: string, secrets: StoredSecrets): string {
  const told = everySecret(secrets).filter((secret) => secret !== "");
  return told.reduce((text, secret) => text.replaceAll(secret, "…"), words);
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

function accountOf(secrets: StoredSecrets): string | null {
  if ("refreshToken" in secrets) return secrets.account;
  if ("domain" in secrets) return secrets.domain;
  if ("baseUrl" in secrets) return secrets.baseUrl;
  return "password" in secrets ? secrets.username : null;
}

export function toConnection(row: ConnectionRow, { name, secrets, problem }: OpenConnection): Connection {
  const secret = mainSecret(secrets);
  // People choose passwords: from its end, or from a hash to try guesses on, one is soon known.
  const isChosen = "password" in secrets;
  const told = isChosen ? `${row.id}\0${row.rotatedAt.toISOString()}` : secret;
  const vendor: ConnectionVendor = row.vendor;
  return {
    ...{ id: row.id, vendor, name, status: row.status, problem: problem ?? null },
    accountSid: "accountSid" in secrets ? secrets.accountSid : null,
    account: accountOf(secrets),
    uses: "refreshToken" in secrets ? usesOf(vendor, secrets.scopes) : "password" in secrets ? ["calendar"] : [],
    lastFour: isChosen ? "" : secret.slice(-4),
    fingerprint: createHash("sha256").update(`${row.orgId}\0`).update(told).digest("hex").slice(0, 12),
    checkedAt: row.checkedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    rotatedAt: row.rotatedAt.toISOString(),
  };
}
