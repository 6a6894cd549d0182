/** The organisation's phone numbers: claimed, watched, mended, routed, released. */
import type { NumberRouting, PhoneNumber } from "@parley/contract/phone-numbers";
import { asc, eq } from "drizzle-orm";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import { isFinal, orCarrierProblem } from "./carrier-failure.ts";
import { isTimeZone, sharesOf } from "./choose-route.ts";
import { clearedAddresses, expectedAddresses, requirePublicUrl } from "./number-addresses.ts";
import { createNumberWatch } from "./number-watch.ts";
import type { CarrierNumber } from "./phone-numbers.port.ts";
import { type Page, requireNumber, selectNumbers } from "./phone-numbers.store.ts";
import { phoneNumbers } from "./phone-numbers.table.ts";
import type { Doing, PhoneNumbersParts } from "./phone-numbers-parts.ts";
import { openNumber, sealNumber, toPhoneNumber } from "./sealed-number.ts";

interface Wish {
  readonly connectionId: string;
  readonly sid: string;
  readonly routing: NumberRouting | null;
}

type AccountNumber = CarrierNumber & { readonly phoneNumberId: string | undefined };

export interface PhoneNumbers {
  list(orgId: string, page: Page): Promise<{ items: PhoneNumber[]; nextCursor: string | null }>;
  get(orgId: string, id: string): Promise<PhoneNumber>;
  /** The account's numbers, as the telephone company lists them. */
  listOfAccount(orgId: string, connectionId: string, signal: AbortSignal): Promise<AccountNumber[]>;
  /** Throws `conflict` when it is claimed already, by whomever. */
  claim(wish: Wish, doing: Doing): Promise<PhoneNumber>;
  route(id: string, routing: NumberRouting, doing: Doing): Promise<PhoneNumber>;
  check(id: string, doing: Doing): Promise<PhoneNumber>;
  mend(id: string, doing: Doing): Promise<PhoneNumber>;
  release(id: string, doing: Doing): Promise<void>;
  /** Every number of every organisation, one after another. Returns how many are not as they should be. */
  checkAll(signal: AbortSignal): Promise<{ checked: number; faulty: number }>;
}

const taken = () =>
  new AppError("conflict", {
    publicMessage: "This number is claimed already on this installation. Whoever holds it must release it first.",
  });

function orNoSuchNumber(error: unknown): never {
  if (!(error instanceof ProviderError) || error.status !== 404) throw error;
  throw new AppError("not_found", { publicMessage: "sid: the account has no such number." });
}

async function requireRouting(parts: PhoneNumbersParts, orgId: string, routing: NumberRouting): Promise<void> {
  if (!isTimeZone(routing.timeZone)) {
    throw new AppError("bad_request", {
      publicMessage: "routing.timeZone: must be a time zone such as Europe/Madrid.",
    });
  }
  for (const { path, share } of sharesOf(routing)) {
    if (await parts.hasAgent(orgId, share)) continue;
    const what =
      share.version === null ? "there is no such agent" : "there is no such agent, or it has no such version";
    throw new AppError("not_found", { publicMessage: `${path}.agentId: ${what} in this organisation.` });
  }
}

export function createPhoneNumbers(parts: PhoneNumbersParts): PhoneNumbers {
  const watch = createNumberWatch(parts);
  const { db, organizations, audit } = parts;
  return {
    async list(orgId, page) {
      return await db.withOrg(orgId, async (tx) => selectNumbers(tx, await organizations.keyOf(tx, orgId), page));
    },
    async get(orgId, id) {
      return await db.withOrg(orgId, async (tx) =>
        toPhoneNumber(await requireNumber(tx, id), await organizations.keyOf(tx, orgId)),
      );
    },
    listOfAccount: (orgId, connectionId, signal) => listOfAccount(parts, { orgId, connectionId, signal }),
    claim: (wish, doing) => claimNumber(parts, wish, doing),
    async route(id, routing, { orgId, actor }) {
      await requireRouting(parts, orgId, routing);
      return await db.withOrg(orgId, async (tx) => {
        await requireNumber(tx, id);
        const [row] = await tx
          .update(phoneNumbers)
          .set({ routing: { routing } })
          .where(eq(phoneNumbers.id, id))
          .returning();
        if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such phone number." });
        const agents = [...new Set(sharesOf(routing).map(({ share }) => share.agentId))];
        await audit.append(tx, { orgId, actor, action: "phone-numbers.route", subject: id, facts: { agents } });
        return toPhoneNumber(row, await organizations.keyOf(tx, orgId));
      });
    },
    check: (id, doing) => watch.check(id, doing),
    mend: (id, doing) => watch.mend(id, doing),
    release: (id, doing) => releaseNumber(parts, id, doing),
    checkAll: (signal) => watch.checkAll(signal),
  };
}

async function listOfAccount(
  { db, organizations, carrier, loginOf }: PhoneNumbersParts,
  { orgId, connectionId, signal }: { orgId: string; connectionId: string; signal: AbortSignal },
): Promise<AccountNumber[]> {
  const { login, ours } = await db.withOrg(orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, orgId);
    const rows = await tx.select().from(phoneNumbers).orderBy(asc(phoneNumbers.id));
    return {
      login: await loginOf(tx, orgId, connectionId),
      ours: new Map(rows.map((row) => [openNumber(row, orgKey).number, row.id])),
    };
  });
  const numbers = await orCarrierProblem("The account's numbers cannot be listed", () =>
    carrier.listNumbers(login, signal),
  );
  return numbers.map((number) => ({ ...number, phoneNumberId: ours.get(number.number) }));
}

/** The claim is entered before the telephone company is told: a number that is somebody's is never set to anything. */
async function claimNumber(
  parts: PhoneNumbersParts,
  wish: Wish,
  { orgId, actor, signal }: Doing,
): Promise<PhoneNumber> {
  const { db, organizations, carrier, clock, audit } = parts;
  const { connectionId, sid, routing } = wish;
  const addresses = expectedAddresses(requirePublicUrl(parts.publicUrl));
  if (routing !== null) await requireRouting(parts, orgId, routing);
  const login = await db.withOrg(orgId, (tx) => parts.loginOf(tx, orgId, connectionId));
  const found = await orCarrierProblem("sid: the number cannot be looked up", () =>
    carrier.fetchNumber(login, sid, signal).catch(orNoSuchNumber),
  );
  if (!found.canVoice) throw new AppError("bad_request", { publicMessage: "sid: this number takes no voice calls." });
  const id = newId("num", clock.wallNow());
  const now = new Date(clock.wallNow());
  await db.withOrg(orgId, async (tx) => {
    const orgKey = await organizations.keyOf(tx, orgId);
    const content = { number: found.number, name: found.name, sid, canSms: found.canSms };
    const made = await tx
      .insert(phoneNumbers)
      .values({
        ...{ id, orgId, connectionId, state: "drifted", createdAt: now, checkedAt: now },
        ...{ numberHash: parts.hashOf(found.number), routing: { routing } },
        ...sealNumber({ id, orgId }, orgKey, content),
      })
      .onConflictDoNothing()
      .returning({ id: phoneNumbers.id });
    if (made.length === 0) throw taken();
    await audit.append(tx, { orgId, actor, action: "phone-numbers.claim", subject: id, facts: { connectionId } });
  });
  try {
    const told = await orCarrierProblem("The number's addresses cannot be set", () =>
      carrier.updateNumber(login, { sid, addresses }, signal),
    );
    return await createNumberWatch(parts).note({ orgId, id }, told);
  } catch (error) {
    await db.withOrg(orgId, (tx) => tx.delete(phoneNumbers).where(eq(phoneNumbers.id, id)));
    throw error;
  }
}

/** An account that is gone keeps nobody from giving a number up. */
async function releaseNumber(parts: PhoneNumbersParts, id: string, { orgId, actor, signal }: Doing): Promise<void> {
  const { db, organizations, carrier, audit } = parts;
  const { login, sid } = await db.withOrg(orgId, async (tx) => {
    const row = await requireNumber(tx, id);
    const { sid } = openNumber(row, await organizations.keyOf(tx, orgId));
    return { sid, login: await parts.loginOf(tx, orgId, row.connectionId) };
  });
  const clear = async () => {
    if (parts.publicUrl === undefined) return;
    const found = await carrier.fetchNumber(login, sid, signal);
    const addresses = clearedAddresses(expectedAddresses(parts.publicUrl), found);
    if (Object.keys(addresses).length > 0) await carrier.updateNumber(login, { sid, addresses }, signal);
  };
  const cleared = await orCarrierProblem("The number's addresses cannot be cleared", () =>
    clear().then(
      () => true,
      (error: unknown) => {
        if (isFinal(error)) return false;
        throw error;
      },
    ),
  );
  await db.withOrg(orgId, async (tx) => {
    await tx.delete(phoneNumbers).where(eq(phoneNumbers.id, id));
    await audit.append(tx, { orgId, actor, action: "phone-numbers.release", subject: id, facts: { cleared } });
  });
}
