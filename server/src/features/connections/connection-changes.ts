/** Connections made, given new secrets, checked, taken away: the vendor is asked first. */
import type { Connection, ConnectionSecrets, ConnectionVendor, NewConnection } from "@parley/contract/connections";
import { and, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { Connections, ConnectionsParts, Doing } from "./connection-parts.ts";
import { type ConnectionRows, noSuchConnection } from "./connection-rows.ts";
import { connections } from "./connections.table.ts";
import { createProber } from "./probe.ts";
import { type CarrierSecrets, type StoredSecrets, sealConnection, toConnection } from "./sealed-connection.ts";

export const nameOf: Readonly<Record<ConnectionVendor, string>> = {
  twilio: "Twilio",
  deepgram: "Deepgram",
  elevenlabs: "ElevenLabs",
  openai: "OpenAI",
  anthropic: "Anthropic",
  mistral: "Mistral",
  google: "Google",
  microsoft: "Microsoft 365",
  caldav: "CalDAV",
  tavily: "Tavily",
  brave: "Brave Search",
  searxng: "SearXNG",
  hubspot: "HubSpot",
  salesforce: "Salesforce",
};

function secretsOf(wish: NewConnection): StoredSecrets {
  if (wish.vendor === "caldav") {
    return { serverUrl: wish.serverUrl.replace(/\/+$/, ""), username: wish.username, password: wish.password };
  }
  if (wish.vendor === "searxng") return { baseUrl: wish.baseUrl.replace(/\/+$/, "") };
  if (wish.vendor === "salesforce") {
    return { domain: wish.domain, clientId: wish.clientId, clientSecret: wish.clientSecret };
  }
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
  if ("refreshToken" in before) {
    throw new AppError("bad_request", {
      publicMessage: "This account has no secret of yours: give your consent again (connections.start-oauth).",
    });
  }
  if ("password" in before) {
    if ("password" in given) return { ...before, password: given.password };
    throw new AppError("bad_request", { publicMessage: "password is missing: this is a CalDAV server's account." });
  }
  if ("clientSecret" in before) {
    if ("clientSecret" in given) return { ...before, clientId: given.clientId, clientSecret: given.clientSecret };
    throw new AppError("bad_request", { publicMessage: "clientSecret is missing: this is a Salesforce organisation." });
  }
  if ("baseUrl" in before) {
    if ("baseUrl" in given) return { baseUrl: given.baseUrl.replace(/\/+$/, "") };
    throw new AppError("bad_request", { publicMessage: "baseUrl is missing: this is an instance of SearXNG." });
  }
  if (!("authToken" in given)) {
    throw new AppError("bad_request", { publicMessage: "authToken is missing: this is an account at Twilio." });
  }
  return { accountSid: before.accountSid, ...carrierSecrets(given) };
}

/** Null where an organisation has one key at a vendor. */
function accountHashOf(store: ConnectionRows, wish: NewConnection): Buffer | null {
  if (wish.vendor === "twilio") return store.hashOf(wish.accountSid);
  return wish.vendor === "caldav" ? store.hashOfPerson("caldav", `${wish.serverUrl}\0${wish.username}`) : null;
}

interface Changing {
  readonly parts: ConnectionsParts;
  readonly store: ConnectionRows;
  readonly prober: ReturnType<typeof createProber>;
}

export function createConnectionChanges(
  parts: ConnectionsParts,
  store: ConnectionRows,
): Pick<Connections, "create" | "rotate" | "check" | "remove"> {
  const changing = { parts, store, prober: createProber(parts.probe) };
  return {
    create: (wish, doing) => create(changing, wish, doing),
    rotate: (id, given, doing) => rotate(changing, { id, given }, doing),
    check: (id, doing) => check(changing, id, doing),
    remove: (id, doing) => remove(changing, id, doing),
  };
}

async function create(changing: Changing, wish: NewConnection, { orgId, actor, signal }: Doing): Promise<Connection> {
  const { parts, store, prober } = changing;
  const { db, organizations, audit, clock } = parts;
  const { vendor } = wish;
  const secrets = secretsOf(wish);
  await prober.require({ vendor, name: nameOf[vendor], secrets, signal });
  const now = new Date(clock.wallNow());
  const id = newId("con", clock.wallNow());
  return await db.withOrg(orgId, async (tx) => {
    const content = { name: wish.name ?? nameOf[vendor], secrets, problem: undefined };
    const [row] = await tx
      .insert(connections)
      .values({
        ...{ id, orgId, vendor, status: "connected", createdAt: now, rotatedAt: now, checkedAt: now },
        accountHash: accountHashOf(store, wish),
        ...sealConnection({ id, orgId, orgKey: await organizations.keyOf(tx, orgId) }, content),
      })
      .onConflictDoNothing()
      .returning();
    if (row === undefined) {
      throw new AppError("conflict", {
        publicMessage: `${nameOf[vendor]} is connected already with ${vendor === "twilio" || vendor === "caldav" ? "this account" : "a key"}. Give that connection new secrets, or delete it first.`,
      });
    }
    await audit.append(tx, { orgId, actor, action: "connections.create", subject: id, facts: { vendor } });
    return toConnection(row, content);
  });
}

async function rotate(
  changing: Changing,
  { id, given }: { id: string; given: ConnectionSecrets },
  { orgId, actor, signal }: Doing,
): Promise<Connection> {
  const { parts, store, prober } = changing;
  const { db, organizations, audit, clock } = parts;
  const { row: before, content } = await store.read({ orgId, id });
  const secrets = rotated(content.secrets, given);
  await prober.require({ vendor: before.vendor, name: nameOf[before.vendor], secrets, signal });
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
}

async function check(changing: Changing, id: string, { orgId, actor, signal }: Doing): Promise<Connection> {
  const { parts, store, prober } = changing;
  const { db, organizations, audit, clock } = parts;
  const { vendor } = (await store.read({ orgId, id })).row;
  // What it cannot get is found out by the probe.
  if (vendor === "google" || vendor === "microsoft")
    await parts.accessTokenOf?.({ orgId, connectionId: id }, signal).catch(() => undefined);
  const { row: before, content } = await store.read({ orgId, id });
  const problem = await prober.ask({ vendor: before.vendor, secrets: content.secrets, signal });
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
    if (row === undefined) throw new AppError("conflict", { publicMessage: "The connection has changed meanwhile." });
    await audit.append(tx, { orgId, actor, action: "connections.check", subject: id, facts: { status } });
    return toConnection(row, checked);
  });
}

async function remove({ parts, store }: Changing, id: string, { orgId, actor }: Omit<Doing, "signal">): Promise<void> {
  const { db, audit } = parts;
  await db.withOrg(orgId, async (tx) => {
    await tx.select().from(connections).where(eq(connections.id, id)).for("update");
    const row = await store.find(tx, id);
    if (await parts.isInUse(tx, id)) {
      throw new AppError("conflict", {
        publicMessage: "Phone numbers or calendars hang on this connection. Release or unlink them first.",
      });
    }
    await tx.delete(connections).where(eq(connections.id, id));
    await audit.append(tx, {
      ...{ orgId, actor, action: "connections.delete", subject: id },
      facts: { vendor: row.vendor },
    });
  });
}
