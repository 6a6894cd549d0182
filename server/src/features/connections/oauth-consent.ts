/** A person's consent at Google or Microsoft: begun by who is signed in, finished in the same browser, once, within ten minutes. */
import { createHash, randomBytes } from "node:crypto";
import { type OauthVendor, startOauth } from "@parley/contract/connections";
import { permissionsOf, type Role } from "@parley/contract/permission";
import type { RouteBody } from "@parley/contract/route";
import { and, eq, gt, lt } from "drizzle-orm";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { AuditLog } from "../audit/index.ts";
import { memberships, type Organizations } from "../organizations/index.ts";
import { nameOf } from "./connection-changes.ts";
import { createConnectionRows } from "./connection-rows.ts";
import { connections, oauthRequests } from "./connections.table.ts";
import type { OauthClient, OauthTokens } from "./oauth.port.ts";
import { identityScopes, missingScopes, scopesFor } from "./oauth-scopes.ts";
import { openConnection, sealConnection } from "./sealed-connection.ts";

export interface OauthConsentParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly clientOf: (vendor: OauthVendor) => Promise<OauthClient | undefined>;
}

export const consentSeconds = 600;

export type ConsentResult =
  | { readonly ok: true; readonly account: string; readonly vendorName: string }
  | { readonly ok: false; readonly problem: string };

interface Beginning {
  readonly orgId: string;
  readonly userId: string;
  readonly vendor: OauthVendor;
  readonly wish: RouteBody<typeof startOauth>;
  readonly redirectUri: string;
}

interface Return {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly error: string | undefined;
  /** Of the browser's cookie. */
  readonly browser: string | undefined;
  /** Of a session that travelled along; it must be the same person's. */
  readonly userId: string | undefined;
  readonly redirectUri: string;
  readonly signal: AbortSignal;
}

export interface OauthConsent {
  /** `browser` is kept by the browser that is sent to `url`. */
  start(beginning: Beginning): Promise<{ url: string; expiresAt: string; browser: string }>;
  finish(returned: Return): Promise<ConsentResult>;
}

const badRequest = (publicMessage: string) => new AppError("bad_request", { publicMessage });
const sha256 = (text: string) => createHash("sha256").update(text).digest();
const randomText = () => randomBytes(32).toString("base64url");

function scopesOf(vendor: OauthVendor, uses: Beginning["wish"]["uses"]): string[] {
  const wanted = uses.map((use) => scopesFor(vendor, use));
  if (wanted.includes(undefined))
    throw badRequest(`uses: ${nameOf[vendor]} has no sheets. Ask for the calendar alone.`);
  return [...new Set(wanted.flatMap((scopes) => scopes ?? []))];
}

export function createOauthConsent(parts: OauthConsentParts): OauthConsent {
  const verifierKey = deriveSecret(parts.masterKey, "oauth-verifier");
  // Of the state and a key of ours: nobody who sees the state can know it, and nothing has to be kept.
  const verifierOf = (state: string) => keyedHash(verifierKey, state).toString("base64url");
  return {
    start: (beginning) => start(parts, beginning, verifierOf),
    finish: (returned) => finish(parts, returned, verifierOf),
  };
}

async function requireClient(parts: OauthConsentParts, vendor: OauthVendor): Promise<OauthClient> {
  const client = await parts.clientOf(vendor);
  if (client !== undefined) return client;
  const name = vendor.toUpperCase();
  throw new AppError("provider_missing", {
    publicMessage: `${nameOf[vendor]} is not set up here: the operator sets ${name}_CLIENT_ID and ${name}_CLIENT_SECRET.`,
  });
}

async function start(parts: OauthConsentParts, beginning: Beginning, verifierOf: (state: string) => string) {
  const { orgId, userId, vendor, wish, redirectUri } = beginning;
  const scopes = scopesOf(vendor, wish.uses);
  const client = await requireClient(parts, vendor);
  const [state, browser] = [randomText(), randomText()];
  const nowMs = parts.clock.wallNow();
  const expiresAt = new Date(nowMs + consentSeconds * 1000);
  const loginHint = await parts.db.withOrg(orgId, async (tx) => {
    await tx.delete(oauthRequests).where(lt(oauthRequests.expiresAt, new Date(nowMs)));
    const connectionId = wish.connectionId ?? null;
    const account = connectionId === null ? undefined : await accountOf(tx, parts, { orgId, vendor, connectionId });
    const hashes = { stateHash: sha256(state), browserHash: sha256(browser) };
    await tx.insert(oauthRequests).values({ ...hashes, orgId, userId, vendor, connectionId, scopes, expiresAt });
    return account;
  });
  const url = client.authorizeUrl({
    ...{ redirectUri, state, challenge: sha256(verifierOf(state)).toString("base64url") },
    scopes: [...identityScopes(vendor), ...scopes],
    ...(loginHint === undefined ? {} : { loginHint }),
  });
  return { url, expiresAt: expiresAt.toISOString(), browser };
}

async function accountOf(
  tx: OrgTx,
  { organizations }: OauthConsentParts,
  { orgId, vendor, connectionId }: { orgId: string; vendor: OauthVendor; connectionId: string },
): Promise<string | undefined> {
  const [row] = await tx.select().from(connections).where(eq(connections.id, connectionId));
  if (row?.vendor !== vendor) throw new AppError("not_found", { publicMessage: "There is no such connection." });
  const { secrets } = openConnection(row, await organizations.keyOf(tx, orgId));
  return "refreshToken" in secrets ? secrets.account : undefined;
}

const stale = "This was begun too long ago, in another browser, or is finished already. Begin it again.";

/** The request, which is gone then: a state is good once. */
async function take(parts: OauthConsentParts, { state, browser, userId }: Return) {
  if (state === undefined || browser === undefined) return undefined;
  const [orgId] = await parts.db.askForIds("organization_of_oauth_state", [sha256(state)]);
  if (orgId === undefined) return undefined;
  return await parts.db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .delete(oauthRequests)
      .where(
        and(
          eq(oauthRequests.stateHash, sha256(state)),
          eq(oauthRequests.browserHash, sha256(browser)),
          gt(oauthRequests.expiresAt, new Date(parts.clock.wallNow())),
        ),
      )
      .returning();
    if (row === undefined || (userId !== undefined && userId !== row.userId)) return undefined;
    return (await mayStill(tx, row.userId)) ? row : undefined;
  });
}

async function mayStill(tx: OrgTx, userId: string): Promise<boolean> {
  const [member] = await tx.select({ role: memberships.role }).from(memberships).where(eq(memberships.userId, userId));
  return member !== undefined && permissionsOf[member.role as Role].includes("connections:write");
}

type Request = NonNullable<Awaited<ReturnType<typeof take>>>;

async function finish(
  parts: OauthConsentParts,
  returned: Return,
  verifierOf: (state: string) => string,
): Promise<ConsentResult> {
  const request = await take(parts, returned);
  if (request === undefined || returned.state === undefined) return { ok: false, problem: stale };
  const vendorName = nameOf[request.vendor];
  if (returned.code === undefined) {
    const isDenied = returned.error === "access_denied";
    const problem = isDenied ? `You did not give your consent at ${vendorName}.` : `${vendorName} gave no consent.`;
    return { ok: false, problem: `${problem} Nothing was connected.` };
  }
  const { code, redirectUri, signal } = returned;
  try {
    const client = await requireClient(parts, request.vendor);
    const tokens = await client.exchange({ code, verifier: verifierOf(returned.state), redirectUri, signal });
    return await keep(parts, request, tokens);
  } catch (error) {
    if (error instanceof AppError) return { ok: false, problem: error.publicMessage };
    if (!(error instanceof ProviderError)) throw error;
    return { ok: false, problem: `${vendorName} did not finish the consent: ${error.vendorMessage ?? error.message}` };
  }
}

async function keep(parts: OauthConsentParts, request: Request, tokens: OauthTokens): Promise<ConsentResult> {
  const { vendor, orgId } = request;
  const vendorName = nameOf[vendor];
  const scopes = tokens.scopes ?? request.scopes;
  const missing = missingScopes(request.scopes, scopes);
  if (missing.length > 0) {
    const problem = `Not everything was consented to: ${missing.join(", ")}. Begin again and leave every box ticked.`;
    return { ok: false, problem };
  }
  if (tokens.refreshToken === undefined) {
    return {
      ok: false,
      problem: `${vendorName} gave access for an hour only. Remove Parley from your account there, and begin again.`,
    };
  }
  const account = tokens.account ?? vendorName;
  const secrets = {
    ...{ account, accessToken: tokens.accessToken, refreshToken: tokens.refreshToken, scopes },
    accessUntilMs: parts.clock.wallNow() + tokens.expiresInSeconds * 1000,
  };
  return await parts.db.withOrg(orgId, async (tx) => {
    const accountHash = createConnectionRows(parts).hashOfPerson(vendor, account);
    const same = and(eq(connections.vendor, vendor), eq(connections.accountHash, accountHash));
    const [known] = await tx.select().from(connections).where(same).for("update");
    if (request.connectionId !== null && known?.id !== request.connectionId) {
      return {
        ok: false,
        problem: `This is another account than the one that is connected. Choose that one at ${vendorName}.`,
      };
    }
    const now = new Date(parts.clock.wallNow());
    const id = known?.id ?? newId("con", now.getTime());
    const orgKey = await parts.organizations.keyOf(tx, orgId);
    const content = { name: `${vendorName} – ${account}`, secrets, problem: undefined };
    const row = {
      ...{ status: "connected" as const, checkedAt: now, rotatedAt: now, refreshClaimedUntil: null },
      ...sealConnection({ id, orgId, orgKey }, content),
    };
    if (known === undefined)
      await tx.insert(connections).values({ ...row, id, orgId, vendor, accountHash, createdAt: now });
    else await tx.update(connections).set(row).where(eq(connections.id, id));
    const actor = { kind: "user", id: request.userId } as const;
    await parts.audit.append(tx, { orgId, actor, action: "connections.finish-oauth", subject: id, facts: { vendor } });
    return { ok: true, account, vendorName };
  });
}
