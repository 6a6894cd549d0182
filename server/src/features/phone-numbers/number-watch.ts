/** Looks how numbers are set at the telephone company, notes what it found, and sets them to ours again when asked. */
import type { PhoneNumber } from "@parley/contract/phone-numbers";
import { asc, eq } from "drizzle-orm";
import { ProviderError } from "../../kernel/app-error.ts";
import { orCarrierProblem, wordsOf } from "./carrier-failure.ts";
import { expectedAddresses, findDrift, requirePublicUrl } from "./number-addresses.ts";
import type { CarrierLogin, CarrierNumber } from "./phone-numbers.port.ts";
import { requireNumber } from "./phone-numbers.store.ts";
import { type PhoneNumberRow, phoneNumbers } from "./phone-numbers.table.ts";
import type { Doing, PhoneNumbersParts } from "./phone-numbers-parts.ts";
import { type Finding, openNumber, sealFinding, toPhoneNumber } from "./sealed-number.ts";

interface Of {
  readonly orgId: string;
  readonly id: string;
}

interface Found {
  readonly state: PhoneNumberRow["state"];
  readonly finding: Finding;
}

type WatchParts = Omit<PhoneNumbersParts, "hasAgent" | "hashOf">;

export function createNumberWatch(parts: WatchParts) {
  const { db, organizations, audit, carrier, clock } = parts;

  const read = async ({ orgId, id }: Of): Promise<{ login: CarrierLogin; sid: string }> =>
    await db.withOrg(orgId, async (tx) => {
      const row = await requireNumber(tx, id);
      const { sid } = openNumber(row, await organizations.keyOf(tx, orgId));
      return { sid, login: await parts.loginOf(tx, orgId, row.connectionId) };
    });

  const keep = async (of: Of, { state, finding }: Found, doing?: Doing & { action: string }) =>
    await db.withOrg(of.orgId, async (tx) => {
      const before = await requireNumber(tx, of.id);
      const orgKey = await organizations.keyOf(tx, of.orgId);
      const [row = before] = await tx
        .update(phoneNumbers)
        .set({ state, sealedFinding: sealFinding(before, orgKey, finding), checkedAt: new Date(clock.wallNow()) })
        .where(eq(phoneNumbers.id, of.id))
        .returning();
      if (doing !== undefined) {
        const { orgId, actor, action } = doing;
        await audit.append(tx, { orgId, actor, action, subject: of.id, facts: { state } });
      }
      return toPhoneNumber(row, orgKey);
    });

  const note = async (of: Of, found: CarrierNumber, doing?: Doing & { action: string }): Promise<PhoneNumber> => {
    const findings = findDrift(expectedAddresses(requirePublicUrl(parts.publicUrl)), found);
    const state = findings.length === 0 ? "ready" : "drifted";
    return await keep(of, { state, finding: { findings, problem: null } }, doing);
  };

  const look = async (of: Of, signal: AbortSignal, doing?: Doing & { action: string }): Promise<PhoneNumber> => {
    requirePublicUrl(parts.publicUrl);
    const { login, sid } = await read(of);
    try {
      return await note(of, await carrier.fetchNumber(login, sid, signal), doing);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return await keep(of, { state: "unreachable", finding: { findings: [], problem: wordsOf(error) } }, doing);
    }
  };

  return {
    note,
    check: (id: string, doing: Doing) =>
      look({ orgId: doing.orgId, id }, doing.signal, { ...doing, action: "phone-numbers.check" }),
    async mend(id: string, doing: Doing): Promise<PhoneNumber> {
      const addresses = expectedAddresses(requirePublicUrl(parts.publicUrl));
      const of = { orgId: doing.orgId, id };
      const { login, sid } = await read(of);
      const told = await orCarrierProblem("The number's addresses cannot be set", () =>
        carrier.updateNumber(login, { sid, addresses }, doing.signal),
      );
      return await note(of, told, { ...doing, action: "phone-numbers.mend" });
    },
    checkAll: (signal: AbortSignal) => checkAll(parts, signal, (of) => look(of, signal)),
  };
}

async function checkAll(
  { db, publicUrl }: WatchParts,
  signal: AbortSignal,
  look: (of: Of) => Promise<PhoneNumber>,
): Promise<{ checked: number; faulty: number }> {
  const counts = { checked: 0, faulty: 0 };
  if (publicUrl === undefined) return counts;
  for (const orgId of await db.askForIds("organizations_with_phone_numbers")) {
    const rows = await db.withOrg(orgId, (tx) =>
      tx.select({ id: phoneNumbers.id }).from(phoneNumbers).orderBy(asc(phoneNumbers.id)),
    );
    for (const { id } of rows) {
      if (signal.aborted) return counts;
      // A number that was released meanwhile is no fault.
      const state = await look({ orgId, id }).then(
        (number) => number.state,
        () => "unreachable",
      );
      counts.checked++;
      if (state !== "ready") counts.faulty++;
    }
  }
  return counts;
}
