/** An organisation's own requests: kept sealed, offered as tools. */
import { randomBytes } from "node:crypto";
import type { HttpToolChange, NewHttpTool } from "@parley/contract/tools";
import { asc, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AddressRules } from "../../platform/net/address-rules.ts";
import type { GuardedFetch } from "../../platform/net/guarded-fetch.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type CustomToolRow, customTools } from "./custom-tools.table.ts";
import { checkRequest } from "./http-request/check-request.ts";
import { httpRequestTool } from "./http-request/http-request.ts";
import type { HttpToolConfig } from "./http-request/send-request.ts";
import { checkSecretsStay } from "./secrets-stay.ts";
import type { ToolSource } from "./tool-source.ts";

interface CustomToolParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
}

interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface CustomTools {
  /** Undefined: none of this name. */
  find(orgId: string, name: string): Promise<HttpToolConfig | undefined>;
  /** Throws AppError `bad_request` that names each field, `conflict` for a name that is taken. The secret signs its requests. */
  create(doing: Doing, wish: NewHttpTool): Promise<{ signingSecret: string }>;
  /** Throws AppError `not_found`, `bad_request`. */
  change(doing: Doing & { name: string }, change: HttpToolChange): Promise<void>;
  rotate(doing: Doing & { name: string }): Promise<{ signingSecret: string }>;
  remove(doing: Doing & { name: string }): Promise<void>;
}

interface CustomToolChanges extends CustomToolParts {
  readonly audit: AuditLog;
  readonly rules: AddressRules;
  /** Names that are taken for good. */
  readonly reserved: ReadonlySet<string>;
}

const maxTools = 100;
const newSecret = () => `tlsec_${randomBytes(32).toString("base64url")}`;

const placeOf = ({ orgId, id }: Pick<CustomToolRow, "orgId" | "id">) => ({ orgId, owner: id, seq: "config" });

const openConfig = (orgKey: Buffer, row: CustomToolRow): HttpToolConfig =>
  open(unwrapKey(orgKey, row.keyWrap, row.id), placeOf(row), row.sealedConfig) as HttpToolConfig;

/** Under a new key: with the old wrap gone, what was sealed before is unreadable. */
function sealConfig(orgKey: Buffer, row: Pick<CustomToolRow, "orgId" | "id">, config: HttpToolConfig) {
  const key = newKey();
  return { keyWrap: wrapKey(orgKey, key, row.id), sealedConfig: seal(key, placeOf(row), config) };
}

/** For processes that only run them. */
export function createHttpToolSource({
  db,
  organizations,
  clock,
  fetch,
}: CustomToolParts & { readonly fetch: GuardedFetch }): ToolSource {
  const parts = { fetch, wallNow: () => clock.wallNow() };
  return {
    kind: "http",
    listTools: (orgId) =>
      db.withOrg(orgId, async (tx) => {
        const rows = await tx.select().from(customTools).orderBy(asc(customTools.name));
        if (rows.length === 0) return [];
        const orgKey = await organizations.keyOf(tx, orgId);
        return rows.map((row) => httpRequestTool(row.name, openConfig(orgKey, row), parts));
      }),
  };
}

const noSuchTool = () => new AppError("not_found", { publicMessage: "There is no such tool." });

async function require(tx: OrgTx, name: string): Promise<CustomToolRow> {
  const [row] = await tx.select().from(customTools).where(eq(customTools.name, name)).for("update");
  if (row === undefined) throw noSuchTool();
  return row;
}

function changed(now: HttpToolConfig, { secretHeaders, body, ...change }: HttpToolChange): HttpToolConfig {
  const secrets = { kept: Object.keys(now.secretHeaders), given: secretHeaders, field: "secretHeaders" };
  checkSecretsStay(now.url, change.url ?? now.url, secrets);
  const kept = Object.entries({ ...now.secretHeaders, ...secretHeaders }).filter(([, value]) => value !== null);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const { body: bodyNow, ...rest } = now;
  const next = body === undefined ? bodyNow : (body ?? undefined);
  const config = { ...rest, ...given, secretHeaders: Object.fromEntries(kept) as Record<string, string> };
  return next === undefined ? config : { ...config, body: next };
}

async function createTool(
  { db, organizations, clock, audit, rules, reserved }: CustomToolChanges,
  { orgId, actor }: Doing,
  { name, secretHeaders, ...request }: NewHttpTool,
): Promise<{ signingSecret: string }> {
  const refuse = (publicMessage: string) => new AppError("conflict", { publicMessage });
  const taken = `name: there is a tool ${name} already. Choose another.`;
  if (reserved.has(name)) throw refuse(taken);
  const secrets = Object.entries(secretHeaders).filter(([, value]) => value !== null) as [string, string][];
  const config = { ...request, secretHeaders: Object.fromEntries(secrets), signingSecret: newSecret() };
  checkRequest(config, rules);
  await db.withOrg(orgId, async (tx) => {
    const there = await tx.select({ name: customTools.name }).from(customTools);
    if (there.length >= maxTools) throw refuse(`There are ${maxTools} own tools already. Remove one first.`);
    const now = new Date(clock.wallNow());
    const row = {
      id: newId("tool", clock.wallNow()),
      orgId,
      name,
      kind: "http" as const,
      createdAt: now,
      updatedAt: now,
    };
    const columns = { ...row, ...sealConfig(await organizations.keyOf(tx, orgId), row, config) };
    const made = await tx.insert(customTools).values(columns).onConflictDoNothing().returning({ id: customTools.id });
    if (made.length === 0) throw refuse(taken);
    await audit.append(tx, { orgId, actor, action: "tools.create", subject: row.id, facts: { name } });
  });
  return { signingSecret: config.signingSecret };
}

export function createCustomTools(parts: CustomToolChanges): CustomTools {
  const { db, organizations, clock, audit, rules } = parts;
  const now = () => new Date(clock.wallNow());

  const rewrite = (
    { orgId, actor, name, action }: Doing & { name: string; action: string },
    next: (config: HttpToolConfig) => HttpToolConfig,
  ) =>
    db.withOrg(orgId, async (tx) => {
      const row = await require(tx, name);
      const orgKey = await organizations.keyOf(tx, orgId);
      const config = next(openConfig(orgKey, row));
      checkRequest(config, rules);
      const columns = { ...sealConfig(orgKey, row, config), revision: row.revision + 1, updatedAt: now() };
      await tx.update(customTools).set(columns).where(eq(customTools.id, row.id));
      await audit.append(tx, { orgId, actor, action, subject: row.id, facts: { name } });
    });

  return {
    find: (orgId, name) =>
      db.withOrg(orgId, async (tx) => {
        const [row] = await tx.select().from(customTools).where(eq(customTools.name, name));
        return row && openConfig(await organizations.keyOf(tx, orgId), row);
      }),
    create: (doing, wish) => createTool(parts, doing, wish),
    change: (doing, change) => rewrite({ ...doing, action: "tools.change" }, (config) => changed(config, change)),
    async rotate(doing) {
      const signingSecret = newSecret();
      await rewrite({ ...doing, action: "tools.rotate-secret" }, (config) => ({ ...config, signingSecret }));
      return { signingSecret };
    },
    remove: ({ orgId, actor, name }) =>
      db.withOrg(orgId, async (tx) => {
        const { id } = await require(tx, name);
        await tx.delete(customTools).where(eq(customTools.id, id));
        await audit.append(tx, { orgId, actor, action: "tools.delete", subject: id, facts: { name } });
      }),
  };
}
