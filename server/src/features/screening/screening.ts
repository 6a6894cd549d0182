/** Who gets through, in and out, by the organisation's policy. */
import { type BlockedNumber, type ScreeningPolicy, screeningPolicy } from "@parley/contract/screening";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { DateTime } from "luxon";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { countCallsOf, hashOfCaller } from "../calls/index.ts";
import { type Contacts, toE164 } from "../contacts/index.ts";
import { type Organizations, readPlace } from "../organizations/index.ts";
import { block, isBlocked, listBlocked, unblock } from "./block-list.ts";
import { askForName, type RefusalReason, refusalWords } from "./refusal-words.ts";
import { screeningPolicies } from "./screening.table.ts";

export type InboundVerdict =
  | { readonly verdict: "answer"; readonly contactId?: string }
  | { readonly verdict: "refuse"; readonly reason: RefusalReason; readonly words: string; readonly language: string };

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

export interface BlockWish {
  readonly kind: BlockedNumber["kind"];
  readonly value: string;
  readonly reason: string;
  readonly expiresAt: string | null;
}

export interface Screening {
  policyOf(orgId: string): Promise<ScreeningPolicy>;
  setPolicy(asked: Asked, policy: ScreeningPolicy): Promise<ScreeningPolicy>;
  block(asked: Asked, wish: BlockWish): Promise<BlockedNumber>;
  unblock(asked: Asked & { id: string }): Promise<void>;
  listBlocked(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: BlockedNumber[]; nextCursor: string | null }>;
  /** What the engine and the agent are told of an inbound call that gets through. */
  adviceFor(call: { orgId: string; from?: string }): Promise<{ hangUpOnRobocalls: boolean; instructions?: string }>;
  /** `from` absent or no number: withheld. `language` is what a refusal is said in. */
  screenInbound(call: { orgId: string; from?: string; language: string; atMs: number }): Promise<InboundVerdict>;
  /** Throws AppError `forbidden` that says why this number may not be rung now. */
  screenOutbound(call: { orgId: string; to: string; atMs: number }): Promise<void>;
}

export interface ScreeningParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly contacts: Pick<Contacts, "findByPhone">;
}

const hourMs = 3_600_000;

export function createScreening(parts: ScreeningParts): Screening {
  const { db, clock, organizations, audit } = parts;
  const now = () => new Date(clock.wallNow());
  return {
    policyOf: (orgId) => db.withOrg(orgId, readPolicy),
    setPolicy: ({ orgId, actor }, policy) =>
      db.withOrg(orgId, async (tx) => {
        const columns = { policy, updatedAt: now() };
        await tx
          .insert(screeningPolicies)
          .values({ orgId, ...columns })
          .onConflictDoUpdate({ target: screeningPolicies.orgId, set: columns });
        await audit.append(tx, { orgId, actor, action: "screening-policy.set" });
        return policy;
      }),
    block: ({ orgId, actor }, wish) =>
      db.withOrg(orgId, async (tx) => {
        const orgKey = await organizations.keyOf(tx, orgId);
        const { country } = await readPlace(tx);
        const expiresAt = wish.expiresAt === null ? null : new Date(wish.expiresAt);
        const wanted = { ...wish, value: readValue(wish, country), expiresAt, now: now() };
        const blocked = await block(tx, { orgId, orgKey }, wanted);
        await audit.append(tx, { orgId, actor, action: "blocked-numbers.create", subject: blocked.id });
        return blocked;
      }),
    unblock: ({ orgId, actor, id }) =>
      db.withOrg(orgId, async (tx) => {
        await unblock(tx, id);
        await audit.append(tx, { orgId, actor, action: "blocked-numbers.delete", subject: id });
      }),
    listBlocked: (orgId, page) =>
      db.withOrg(orgId, async (tx) => listBlocked(tx, { orgKey: await organizations.keyOf(tx, orgId) }, page)),
    adviceFor: ({ orgId, from }) =>
      db.withOrg(orgId, async (tx) => {
        const { hangUpOnRobocalls, anonymousCallers } = await readPolicy(tx);
        const asks = anonymousCallers === "ask-name" && toE164(from ?? "", null) === undefined;
        return { hangUpOnRobocalls, ...(asks ? { instructions: askForName } : {}) };
      }),
    screenInbound: (call) => db.withOrg(call.orgId, (tx) => screenInbound(tx, parts, call)),
    screenOutbound: (call) => db.withOrg(call.orgId, (tx) => screenOutbound(tx, parts, call)),
  };
}

async function readPolicy(tx: OrgTx): Promise<ScreeningPolicy> {
  const [row] = await tx.select().from(screeningPolicies);
  return screeningPolicy.parse(row?.policy ?? {});
}

function readValue({ kind, value }: BlockWish, country: string | null): string {
  const prefix = `+${value.replace(/^00/, "").replace(/\D/g, "")}`;
  const read = kind === "prefix" ? prefix : toE164(value, country);
  if (read !== undefined && /^\+[1-9]\d{0,14}$/.test(read)) return read;
  throw new AppError("bad_request", {
    publicMessage: `value is no ${kind} we can read. Write it with its country code, such as +4470.`,
  });
}

async function screenInbound(
  tx: OrgTx,
  { organizations, contacts }: ScreeningParts,
  call: { orgId: string; from?: string; language: string; atMs: number },
): Promise<InboundVerdict> {
  const { orgId, language, atMs } = call;
  const refuse = (reason: RefusalReason): InboundVerdict => ({
    ...{ verdict: "refuse", reason, language },
    words: refusalWords(reason, language),
  });
  const policy = await readPolicy(tx);
  const number = toE164(call.from ?? "", null);
  if (number === undefined) {
    if (policy.anonymousCallers === "refuse") return refuse("anonymous");
    return { verdict: "answer" };
  }
  const orgKey = await organizations.keyOf(tx, orgId);
  if (await isBlocked(tx, { orgKey }, { number, at: new Date(atMs) })) return refuse("blocked");
  if (await isOverLimit(tx, { policy, callerHash: hashOfCaller(orgKey, number), atMs }))
    return refuse("too-many-calls");
  const contact = await contacts.findByPhone(tx, orgId, number);
  return { verdict: "answer", ...(contact === undefined ? {} : { contactId: contact.id }) };
}

interface LimitQuestion {
  readonly policy: ScreeningPolicy;
  readonly callerHash: Buffer | undefined;
  readonly atMs: number;
}

async function isOverLimit(tx: OrgTx, { policy, callerHash, atMs }: LimitQuestion): Promise<boolean> {
  const { maxCallsPerHour, maxCallsPerDay } = policy;
  if (callerHash === undefined || (maxCallsPerHour === null && maxCallsPerDay === null)) return false;
  const since = new Date(atMs - 24 * hourMs);
  const { all, recent } = await countCallsOf(tx, { callerHash, since, recentSince: new Date(atMs - hourMs) });
  return recent >= (maxCallsPerHour ?? Number.POSITIVE_INFINITY) || all >= (maxCallsPerDay ?? Number.POSITIVE_INFINITY);
}

async function screenOutbound(
  tx: OrgTx,
  { contacts }: ScreeningParts,
  { orgId, to, atMs }: { orgId: string; to: string; atMs: number },
): Promise<void> {
  const refuse = (why: string): never => {
    throw new AppError("forbidden", { publicMessage: `to: ${why}` });
  };
  const policy = await readPolicy(tx);
  const place = await readPlace(tx);
  const number = parsePhoneNumberFromString(to);
  if (number?.getType() === "PREMIUM_RATE") refuse("this number costs its caller more than a call. It is not rung.");
  if (!(await isReachable(tx, to))) {
    refuse("calls to this country are not allowed. Add it to outboundCountries of the screening policy.");
  }
  const contact = await contacts.findByPhone(tx, orgId, number?.number ?? to);
  if (contact?.doNotCall === true) refuse("this contact asked not to be called.");
  const zone = contact?.timeZone ?? place.timeZone;
  if (policy.quietHours !== null && isQuiet(policy.quietHours, DateTime.fromMillis(atMs, { zone }).toFormat("HH:mm"))) {
    refuse(`it is ${DateTime.fromMillis(atMs, { zone }).toFormat("HH:mm")} there, within the quiet hours. Call later.`);
  }
}

/** In a country of the policy's; without one in the organisation's own, and anywhere when it has none. Never a number that others earn by. */
export async function isReachable(tx: OrgTx, to: string): Promise<boolean> {
  const { outboundCountries } = await readPolicy(tx);
  const { country } = await readPlace(tx);
  const number = parsePhoneNumberFromString(to);
  const allowed = outboundCountries ?? (country === null ? null : [country]);
  if (number?.getType() === "PREMIUM_RATE") return false;
  return (
    number !== undefined && (allowed === null || (number.country !== undefined && allowed.includes(number.country)))
  );
}

/** Over midnight too; `from` equal to `to` is never. */
export function isQuiet({ from, to }: { from: string; to: string }, time: string): boolean {
  return from <= to ? time >= from && time < to : time >= from || time < to;
}
