/** Calls the platform places: screened, dialled through the organisation's own account, planned when somebody answers. */
import type { CarrierReport, PlacedCall } from "@parley/contract/phone-numbers";
import { and, asc, eq, ne } from "drizzle-orm";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { AppError } from "../../kernel/app-error.ts";
import { keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { orCarrierProblem } from "./carrier-failure.ts";
import { isOver, keepReport, readReports, type StatusReport } from "./carrier-reports.ts";
import { requirePublicUrl } from "./number-addresses.ts";
import type { OutboundParts, OutboundWish, PlacedOrder } from "./outbound-parts.ts";
import type { CarrierLogin } from "./phone-numbers.port.ts";
import { outboundCalls, type PhoneNumberRow, phoneNumbers } from "./phone-numbers.table.ts";
import type { Doing } from "./phone-numbers-parts.ts";
import { openNumber } from "./sealed-number.ts";

export interface OutboundCalls {
  /** Throws `bad_request`, `not_found`, `conflict`, `forbidden`, `too_many_requests`, `provider_failed`. */
  place(wish: OutboundWish, doing: Doing & { action: string }): Promise<PlacedCall>;
  /** Whose a placed call is. */
  organizationOf(callId: string): Promise<string | undefined>;
  /** Somebody answered. Undefined when it is no call of theirs, or was answered or ended before. */
  takeAnswered(call: { orgId: string; callId: string; externalId: string }): Promise<PlacedOrder | undefined>;
  /** It was answered and nobody could speak: its end is entered as that of a call that failed. */
  giveBack(call: { orgId: string; callId: string }): Promise<void>;
  /** Keeps the report; a placed call that ends unanswered is entered among the calls. */
  onReport(orgId: string, report: StatusReport, callId: string | undefined): Promise<void>;
  /** Throws `not_found`. */
  reportOf(orgId: string, callId: string): Promise<CarrierReport>;
}

const ringSeconds = 30;
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

type Placing = Source & { readonly callId: string; readonly order: PlacedOrder };

async function enterOrder(parts: OutboundParts, placing: Placing, doing: Doing & { action: string }): Promise<void> {
  const { db, organizations, audit, clock } = parts;
  const { callId, row, order } = placing;
  const { orgId, actor, action } = doing;
  const key = newKey();
  await db.withOrg(orgId, async (tx) => {
    await tx.insert(outboundCalls).values({
      ...{ callId, orgId, phoneNumberId: row.id, state: "dialing", createdAt: new Date(clock.wallNow()) },
      keyWrap: wrapKey(await organizations.keyOf(tx, orgId), key, callId),
      sealedOrder: seal(key, { orgId, owner: callId, seq: "order" }, order),
    });
    const facts = { callId, phoneNumberId: row.id, version: order.version ?? null };
    await audit.append(tx, { orgId, actor, action, subject: order.agentId, facts });
  });
}

async function dial(parts: OutboundParts, { login, callId, order }: Placing, doing: Doing): Promise<void> {
  const { db, carrier } = parts;
  const publicUrl = requirePublicUrl(parts.publicUrl);
  const at = (path: string) => `${publicUrl}/telephony/twilio/${path}?call=${callId}`;
  // Whoever asked may go away now: the phone rings all the same.
  const { sid } = await orCarrierProblem("The call cannot be placed", () =>
    carrier.createCall(
      login,
      { to: order.to, from: order.from, answerUrl: at("outbound"), statusUrl: at("status"), ringSeconds },
      new AbortController().signal,
    ),
  );
  await db.withOrg(doing.orgId, (tx) =>
    tx.update(outboundCalls).set({ externalId: sid }).where(eq(outboundCalls.callId, callId)),
  );
}

/** Ends a placed call that nobody answered, once; it is entered among the calls with the carrier's word for it. */
async function endUnanswered(
  parts: OutboundParts,
  call: { orgId: string; callId: string; externalId?: string; reason: string },
): Promise<void> {
  const { db, organizations, clock, calls, processId } = parts;
  const { orgId, callId, reason } = call;
  const ended = await db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .update(outboundCalls)
      .set({ state: "ended", endedAt: new Date(clock.wallNow()) })
      .where(and(eq(outboundCalls.callId, callId), eq(outboundCalls.state, "dialing")))
      .returning();
    if (row === undefined) return undefined;
    return { row, order: openOrder(row, await organizations.keyOf(tx, orgId)) };
  });
  if (ended === undefined) return;
  const { row, order } = ended;
  const externalId = call.externalId ?? row.externalId ?? undefined;
  await calls.createCall({
    ...{ orgId, callId, processId, channel: "phone", direction: "outbound" },
    ...{ agentId: order.agentId, agentName: order.agentName, language: order.language },
    ...{ from: order.from, to: order.to, startedAtMs: row.createdAt.getTime() },
    ...(externalId === undefined ? {} : { externalId }),
  });
  await calls.finishCall({
    ...{ orgId, callId, status: "failed", hangUpReason: reason, durationMs: 0 },
    endedAtMs: clock.wallNow(),
  });
}

function openOrder(row: typeof outboundCalls.$inferSelect, orgKey: Buffer): PlacedOrder {
  const key = unwrapKey(orgKey, row.keyWrap, row.callId);
  return open(key, { orgId: row.orgId, owner: row.callId, seq: "order" }, row.sealedOrder) as PlacedOrder;
}

/** `completed` without us having spoken: the line was there and nothing came of it. */
const unansweredReason = ({ CallStatus }: StatusReport) =>
  CallStatus === "completed" ? "connection-lost" : CallStatus;

export function createOutboundCalls(parts: OutboundParts): OutboundCalls {
  const { db, organizations, clock } = parts;
  return {
    place: (wish, doing) => placeCall(parts, wish, doing),
    async organizationOf(callId) {
      const [orgId] = await db.askForIds("organization_of_outbound_call", [callId]);
      return orgId;
    },
    async takeAnswered({ orgId, callId, externalId }) {
      return await db.withOrg(orgId, async (tx) => {
        const [row] = await tx
          .update(outboundCalls)
          .set({ state: "answered", externalId, answeredAt: new Date(clock.wallNow()) })
          .where(and(eq(outboundCalls.callId, callId), eq(outboundCalls.state, "dialing")))
          .returning();
        return row && openOrder(row, await organizations.keyOf(tx, orgId));
      });
    },
    async giveBack({ orgId, callId }) {
      const answered = and(eq(outboundCalls.callId, callId), eq(outboundCalls.state, "answered"));
      await db.withOrg(orgId, (tx) => tx.update(outboundCalls).set({ state: "dialing" }).where(answered));
    },
    async onReport(orgId, report, callId) {
      await db.withOrg(orgId, (tx) => keepReport(tx, { orgId, report, clock }));
      if (callId === undefined || !isOver(report.CallStatus)) return;
      await endUnanswered(parts, { orgId, callId, externalId: report.CallSid, reason: unansweredReason(report) });
      await db.withOrg(orgId, (tx) =>
        tx
          .update(outboundCalls)
          .set({ state: "ended", endedAt: new Date(clock.wallNow()) })
          .where(and(eq(outboundCalls.callId, callId), ne(outboundCalls.state, "ended"))),
      );
    },
    reportOf: (orgId, callId) => reportOf(parts, orgId, callId),
  };
}

async function placeCall(
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
  const placing = { ...source, callId, order };
  await enterOrder(parts, placing, doing);
  try {
    await dial(parts, placing, doing);
  } catch (error) {
    await endUnanswered(parts, { orgId, callId, reason: "failed" });
    throw error;
  }
  return { callId, state: "dialing", from: source.from, to };
}

async function reportOf({ db, calls }: OutboundParts, orgId: string, callId: string): Promise<CarrierReport> {
  const entered = await calls.getCall(orgId, callId);
  return await db.withOrg(orgId, async (tx) => {
    const [placed] = await tx.select().from(outboundCalls).where(eq(outboundCalls.callId, callId));
    if (entered === undefined && placed === undefined) {
      throw new AppError("not_found", { publicMessage: "There is no such call." });
    }
    const externalId = placed?.externalId ?? entered?.externalId ?? null;
    const reported = externalId === null ? undefined : await readReports(tx, externalId);
    if (reported !== undefined) return reported;
    const nothing = {
      durationSeconds: null,
      answeredBy: null,
      errorCode: null,
      sipCode: null,
      price: null,
      reports: [],
    };
    return { externalId, status: placed === undefined ? "unreported" : "queued", ...nothing };
  });
}
