/** From a wish to a ringing phone: screened, entered, announced, dialled through the organisation's own account. */
import type { PlacedCall } from "@parley/contract/phone-numbers";
import { asc, eq, ne } from "drizzle-orm";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { AppError } from "../../kernel/app-error.ts";
import { keyedHash, newKey, seal, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { orCarrierProblem } from "./carrier-failure.ts";
import { enterUnanswered } from "./end-placed-call.ts";
import { requirePublicUrl } from "./number-addresses.ts";
import type { OutboundParts, OutboundWish, PlacedOrder } from "./outbound-parts.ts";
import type { CarrierLogin } from "./phone-numbers.port.ts";
import { outboundCalls, type PhoneNumberRow, phoneNumbers } from "./phone-numbers.table.ts";
import type { Doing } from "./phone-numbers-parts.ts";
import { openNumber } from "./sealed-number.ts";

const ringSeconds = 30;
/** Before it rings a call stands in the carrier's queue; after that it is planned anew. */
const queueMs = 60_000;
const callsAnHour = 60;
const callsAnHourToOneNumber = 10;

function readNumber(text: string): string {
  const parsed = parsePhoneNumberFromString(text);
  if (parsed?.isPossible()) return parsed.number;
  throw new AppError("bad_request", {
    publicMessage: "to: must be a phone number with its country's code, such as +14155550123.",
  });
}

async function takeTurn({ perOrganization, perNumber }: OutboundParts, orgId: string, to: string): Promise<void> {
  const hidden = keyedHash(Buffer.from(orgId), to).toString("base64url");
  const [all, one] = await Promise.all([perOrganization.add(orgId), perNumber.add(`${orgId}:${hidden}`)]);
  if (all.used <= callsAnHour && one.used <= callsAnHourToOneNumber) return;
  const isAll = all.used > callsAnHour;
  throw new AppError("too_many_requests", {
    publicMessage: isAll
      ? `No more than ${callsAnHour} calls an hour may be placed this way.`
      : `No more than ${callsAnHourToOneNumber} calls an hour may be placed to one number.`,
    retryAfterMs: isAll ? all.resetMs : one.resetMs,
  });
}

/** The number it comes from: the one named, else the oldest whose calls reach us. */
async function findSource(tx: OrgTx, fromNumberId: string | undefined): Promise<PhoneNumberRow> {
  const wanted = fromNumberId === undefined ? ne(phoneNumbers.state, "unreachable") : eq(phoneNumbers.id, fromNumberId);
  const [row] = await tx.select().from(phoneNumbers).where(wanted).orderBy(asc(phoneNumbers.id)).limit(1);
  if (row !== undefined) return row;
  if (fromNumberId !== undefined) {
    throw new AppError("not_found", { publicMessage: "fromNumberId: there is no such phone number." });
  }
  throw new AppError("conflict", { publicMessage: "Claim a phone number first: a call must come from one." });
}

interface Source {
  readonly row: PhoneNumberRow;
  readonly from: string;
  readonly login: CarrierLogin;
}

async function readSource(parts: OutboundParts, orgId: string, fromNumberId: string | undefined): Promise<Source> {
  return await parts.db.withOrg(orgId, async (tx) => {
    const row = await findSource(tx, fromNumberId);
    const { number } = openNumber(row, await parts.organizations.keyOf(tx, orgId));
    return { row, from: number, login: await parts.loginOf(tx, orgId, row.connectionId) };
  });
}

type Placing = Source & { readonly orgId: string; readonly callId: string; readonly order: PlacedOrder };

async function enterOrder(parts: OutboundParts, placing: Placing, doing: Doing & { action: string }): Promise<void> {
  const { db, organizations, audit, clock } = parts;
  const { callId, row, order } = placing;
  const { orgId, actor, action } = doing;
  const key = newKey();
  await db.withOrg(orgId, async (tx) => {
    await tx.insert(outboundCalls).values({
      ...{ callId, orgId, phoneNumberId: row.id, connectionId: row.connectionId },
      ...{ state: "dialing", createdAt: new Date(clock.wallNow()) },
      keyWrap: wrapKey(await organizations.keyOf(tx, orgId), key, callId),
      sealedOrder: seal(key, { orgId, owner: callId, seq: "order" }, order),
    });
    const facts = { callId, phoneNumberId: row.id, version: order.version ?? null };
    await audit.append(tx, { orgId, actor, action, subject: order.agentId, facts });
  });
}

/** A call that was given up while it was being dialled is hung up again. */
async function dial(parts: OutboundParts, { login, orgId, callId, order }: Placing): Promise<void> {
  const { db, carrier } = parts;
  const publicUrl = requirePublicUrl(parts.publicUrl);
  const at = (path: string) => `${publicUrl}/telephony/twilio/${path}?call=${callId}`;
  // Whoever asked may go away now: the phone rings all the same.
  const { signal } = new AbortController();
  const addresses = { answerUrl: at("outbound"), statusUrl: at("status") };
  const { sid } = await orCarrierProblem("The call cannot be placed", () =>
    carrier.createCall(login, { to: order.to, from: order.from, ...addresses, ringSeconds }, signal),
  );
  const [row] = await db.withOrg(orgId, (tx) =>
    tx.update(outboundCalls).set({ externalId: sid }).where(eq(outboundCalls.callId, callId)).returning(),
  );
  if (row?.state !== "ended" || row.cancelledAt === null) return;
  await carrier.updateCall(login, { sid, to: { hangUp: true } }, signal);
}

export async function placeCall(
  parts: OutboundParts,
  wish: OutboundWish,
  doing: Doing & { action: string },
): Promise<PlacedCall> {
  const { orgId } = doing;
  const to = readNumber(wish.to);
  requirePublicUrl(parts.publicUrl);
  const source = await readSource(parts, orgId, wish.fromNumberId);
  await parts.screenOutbound({ orgId, to });
  const { agentId, version, variables, language } = wish;
  const agent = await parts.describeAgent({ orgId, agentId, version, variables, language, to, from: source.from });
  await takeTurn(parts, orgId, to);
  const callId = newId("call", parts.clock.wallNow());
  const order: PlacedOrder = {
    ...{ ...agent, to, from: source.from },
    ...(version === undefined ? {} : { version }),
    ...(variables === undefined ? {} : { variables }),
  };
  const placing = { ...source, orgId, callId, order };
  await enterOrder(parts, placing, doing);
  try {
    await parts.announce({ ...order, orgId, callId, waitMs: ringSeconds * 1000 + queueMs });
    await dial(parts, placing);
  } catch (error) {
    await enterUnanswered(parts, { orgId, callId, reason: "failed", from: ["dialing"] });
    throw error;
  }
  const { agentName, language: spoken } = order;
  return { callId, state: "dialing", from: source.from, to, agentName, language: spoken };
}
