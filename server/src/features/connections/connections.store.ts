/** Accounts at vendors: asked before they are kept, sealed, never told again. */
import {
  type Connection,
  type ConnectionSecrets,
  type ConnectionVendor,
  type KeyVendor,
  keyVendors,
  type NewConnection,
} from "@parley/contract/connections";
import { and, asc, eq, gt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type ConnectionRow, connections } from "./connections.table.ts";
import { createProber, type Probe } from "./probe.ts";
import {
  type CarrierSecrets,
  openConnection,
  type StoredSecrets,
  sealConnection,
  toConnection,
} from "./sealed-connection.ts";

interface Of {
  readonly orgId: string;
  readonly id: string;
}
interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

/** An account that may have signed a webhook. */
export interface CarrierAccount extends CarrierSecrets {
  readonly connectionId: string;
  readonly orgId: string;
}

export interface Connections {
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Connection[]; nextCursor: string | null }>;
  /** Throws `not_found`. */
  get(of: Of): Promise<Connection>;
  /** Throws `bad_request` or `provider_failed` with the vendor's words, `conflict` when it is connected already. */
  create(wish: NewConnection, doing: Doing): Promise<Connection>;
  rotate(id: string, secrets: ConnectionSecrets, doing: Doing): Promise<Connection>;
  /** Never throws for the vendor's sake: what it said is in the connection. */
  check(id: string, doing: Doing): Promise<Connection>;
  remove(id: string, doing: Omit<Doing, "signal">): Promise<void>;
  /** The organisation's own key at a vendor. Undefined: the installation's serves. */
  credentialsFor(tx: OrgTx, orgId: string, vendor: string): Promise<{ apiKey: string } | undefined>;
  /** Throws `not_found` when there is no such account at the telephone company. */
  carrierAccount(tx: OrgTx, orgId: string, connectionId: string): Promise<CarrierAccount>;
  /** Every connection to an account at the telephone company, over the installation. */
  carrierAccounts(accountSid: string): Promise<readonly CarrierAccount[]>;
  /** By a connection's id alone; undefined when there is none. */
  carrierAccountOf(connectionId: string): Promise<CarrierAccount | undefined>;
}

export interface ConnectionsParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly probe: Probe;
  /** Phone numbers that hang on a connection keep it from being deleted. */
  readonly isInUse: (tx: OrgTx, connectionId: string) => Promise<boolean>;
}

const noSuchConnection = () => new AppError("not_found", { publicMessage: "There is no such connection." });
const isKeyVendor = (vendor: string): vendor is KeyVendor => (keyVendors as readonly string[]).includes(vendor);
const nameOf: Readonly<Record<ConnectionVendor, string>> = {
  twilio: "Twilio",
  deepgram: "Deepgram",
  elevenlabs: "ElevenLabs",
  openai: "OpenAI",
  anthropic: "Anthropic",
  mistral: "Mistral",
};

function secretsOf(wish: NewConnection): StoredSecrets {
  if (wish.vendor !== "twilio") return { apiKey: wish.apiKey };
  return { accountSid: wish.accountSid, ...carrierSecrets(wish) };
}

function carrierSecrets(given: {
  authToken: string;
  apiKeySid?: string | undefined;
  apiKeySecret?: string | undefined;
}): Omit<CarrierSecrets, "accountSid"> {
  const { authToken, apiKeySid, apiKeySecret } = given;
  return apiKeySid === undefined || apiKeySecret === undefined ? { authToken } : { authToken, apiKeySid, apiKeySecret };
}

/** The kind of account stays what it was: only its secrets change. */
function rotated(before: StoredSecrets, given: ConnectionSecrets): StoredSecrets {
  if ("apiKey" in before) {
    if ("apiKey" in given) return { apiKey: given.apiKey };
    throw new AppError("bad_request", { publicMessage: "apiKey is missing: this connection has one key." });
  }
  if ("apiKey" in given) {
    throw new AppError("bad_request", { publicMessage: "authToken is missing: this is an account at Twilio." });
  }
  return { accountSid: before.accountSid, ...carrierSecrets(given) };
}

export function createConnections(parts: ConnectionsParts): Connections {
  const { db, organizations, audit, clock } = parts;
  const accountsKey = deriveSecret(parts.masterKey, "carrier accounts");
  const hashOf = (accountSid: string) => keyedHash(accountsKey, accountSid.toLowerCase());
  const { ask, require } = createProber(parts.probe);

  const find = async (tx: OrgTx, id: string): Promise<ConnectionRow> => {
    const [row] = await tx.select().from(connections).where(eq(connections.id, id));
    if (row === undefined) throw noSuchConnection();
    return row;
  };
  const opened = async (tx: OrgTx, row: ConnectionRow) => openConnection(row, await organizations.keyOf(tx, row.orgId));
  const read = async ({ orgId, id }: Of) =>
    await db.withOrg(orgId, async (tx) => {
      const row = await find(tx, id);
      return { row, content: await opened(tx, row) };
    });
  const toAccount = async (tx: OrgTx, row: ConnectionRow): Promise<CarrierAccount | undefined> => {
    const { secrets } = await opened(tx, row);
    return "apiKey" in secrets ? undefined : { ...secrets, connectionId: row.id, orgId: row.orgId };
  };

  return {
    async list(orgId, { limit, cursor }) {
      return await db.withOrg(orgId, async (tx) => {
        const after = cursor === undefined ? undefined : gt(connections.id, cursor);
        const rows = await tx
          .select()
          .from(connections)
          .where(after)
          .orderBy(asc(connections.id))
          .limit(limit + 1);
        const orgKey = await organizations.keyOf(tx, orgId);
        const shown = rows.slice(0, limit);
        return {
          items: shown.map((row) => toConnection(row, openConnection(row, orgKey))),
          nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
        };
      });
    },
    async get(of) {
      const { row, content } = await read(of);
      return toConnection(row, content);
    },
    async create(wish, { orgId, actor, signal }) {
      const { vendor } = wish;
      const secrets = secretsOf(wish);
      await require({ vendor, name: nameOf[vendor], secrets, signal });
      const now = new Date(clock.wallNow());
      const id = newId("con", clock.wallNow());
      return await db.withOrg(orgId, async (tx) => {
        const content = { name: wish.name ?? nameOf[vendor], secrets, problem: undefined };
        const [row] = await tx
          .insert(connections)
          .values({
            ...{ id, orgId, vendor, status: "connected", createdAt: now, rotatedAt: now, checkedAt: now },
            accountHash: "apiKey" in secrets ? null : hashOf(secrets.accountSid),
            ...sealConnection({ id, orgId, orgKey: await organizations.keyOf(tx, orgId) }, content),
          })
          .onConflictDoNothing()
          .returning();
        if (row === undefined) {
          throw new AppError("conflict", {
            publicMessage: `${nameOf[vendor]} is connected already with ${vendor === "twilio" ? "this account" : "a key"}. Give that connection new secrets, or delete it first.`,
          });
        }
        await audit.append(tx, { orgId, actor, action: "connections.create", subject: id, facts: { vendor } });
        return toConnection(row, content);
      });
    },
    async rotate(id, given, { orgId, actor, signal }) {
      const { row: before, content } = await read({ orgId, id });
      const secrets = rotated(content.secrets, given);
      await require({ vendor: before.vendor, name: nameOf[before.vendor], secrets, signal });
      const now = new Date(clock.wallNow());
      return await db.withOrg(orgId, async (tx) => {
        const fresh = { name: content.name, secrets, problem: undefined };
        const sealed = sealConnection({ id, orgId, orgKey: await organizations.keyOf(tx, orgId) }, fresh);
        const [row] = await tx
          .update(connections)
          .set({ ...sealed, status: "connected", rotatedAt: now, checkedAt: now })
          .where(eq(connections.id, id))
          .returning();
        if (row === undefined) throw noSuchConnection();
        await audit.append(tx, { orgId, actor, action: "connections.rotate", subject: id });
        return toConnection(row, fresh);
      });
    },
    async check(id, { orgId, actor, signal }) {
      const { row: before, content } = await read({ orgId, id });
      const problem = await ask({ vendor: before.vendor, secrets: content.secrets, signal });
      return await db.withOrg(orgId, async (tx) => {
        const checked = { ...content, problem };
        const status = problem === undefined ? "connected" : "failed";
        const sealed = sealConnection({ id, orgId, orgKey: await organizations.keyOf(tx, orgId) }, checked);
        // Secrets that were changed meanwhile are not put back.
        const same = and(eq(connections.id, id), eq(connections.keyWrap, before.keyWrap));
        const [row] = await tx
          .update(connections)
          .set({ ...sealed, status, checkedAt: new Date(clock.wallNow()) })
          .where(same)
          .returning();
        if (row === undefined)
          throw new AppError("conflict", { publicMessage: "The connection has changed meanwhile." });
        await audit.append(tx, { orgId, actor, action: "connections.check", subject: id, facts: { status } });
        return toConnection(row, checked);
      });
    },
    async remove(id, { orgId, actor }) {
      await db.withOrg(orgId, async (tx) => {
        await tx.select().from(connections).where(eq(connections.id, id)).for("update");
        const row = await find(tx, id);
        if (await parts.isInUse(tx, id)) {
          throw new AppError("conflict", {
            publicMessage: "Phone numbers hang on this connection. Release them first.",
          });
        }
        await tx.delete(connections).where(eq(connections.id, id));
        await audit.append(tx, {
          ...{ orgId, actor, action: "connections.delete", subject: id },
          facts: { vendor: row.vendor },
        });
      });
    },
    async credentialsFor(tx, orgId, vendor) {
      if (!isKeyVendor(vendor)) return undefined;
      const [row] = await tx.select().from(connections).where(eq(connections.vendor, vendor));
      if (row?.orgId !== orgId) return undefined;
      const { secrets } = await opened(tx, row);
      return "apiKey" in secrets ? { apiKey: secrets.apiKey } : undefined;
    },
    async carrierAccount(tx, _orgId, connectionId) {
      const account = await toAccount(tx, await find(tx, connectionId));
      if (account === undefined) throw noSuchConnection();
      return account;
    },
    async carrierAccounts(accountSid) {
      const hash = hashOf(accountSid);
      const orgIds = await db.askForIds("organizations_of_carrier_account", [hash]);
      const found = await Promise.all(
        orgIds.map((orgId) =>
          db.withOrg(orgId, async (tx) => {
            const rows = await tx.select().from(connections).where(eq(connections.accountHash, hash));
            return await Promise.all(rows.map((row) => toAccount(tx, row)));
          }),
        ),
      );
      return found.flat().filter((account) => account !== undefined);
    },
    async carrierAccountOf(connectionId) {
      const [orgId] = await db.askForIds("organization_of_connection", [connectionId]);
      if (orgId === undefined) return undefined;
      return await db.withOrg(orgId, async (tx) => await toAccount(tx, await find(tx, connectionId)));
    },
  };
}
