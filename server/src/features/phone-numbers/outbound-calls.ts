/** Calls the platform places, from the wish to their end: rung, answered, given up, reported on. */
import type { CarrierReport, PlacedCall } from "@parley/contract/phone-numbers";
import { and, eq, or } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import { orCarrierProblem } from "./carrier-failure.ts";
import {
  type DialReport,
  isOver,
  keepDialReport,
  keepReport,
  readReports,
  type StatusReport,
} from "./carrier-reports.ts";
import { enterFailed, enterUnanswered, openOrder } from "./end-placed-call.ts";
import type { OutboundParts, OutboundWish, PlacedOrder } from "./outbound-parts.ts";
import { outboundCalls } from "./phone-numbers.table.ts";
import type { Doing } from "./phone-numbers-parts.ts";
import { placeCall } from "./place-call.ts";
import { sweepPlacedCalls } from "./sweep-placed-calls.ts";

interface OfCall {
  readonly orgId: string;
  readonly callId: string;
}

export interface OutboundCalls {
  /** Throws `bad_request`, `not_found`, `conflict`, `forbidden`, `too_many_requests`, `provider_failed`, `at_capacity`. */
  place(wish: OutboundWish, doing: Doing & { action: string }): Promise<PlacedCall>;
  /** Gives up a call that still rings. False when it is no call that was placed, or rings no more. Throws `provider_failed`. */
  cancel(callId: string, doing: Doing & { action: string }): Promise<boolean>;
  /** Who placed it, and whose account alone may speak for it. */
  placerOf(callId: string): Promise<{ orgId: string; connectionId: string } | undefined>;
  /** Somebody answered; the carrier may say so twice. Undefined when it is no call of theirs, or ended before. */
  takeAnswered(call: OfCall & { externalId: string }): Promise<PlacedOrder | undefined>;
  /** It was answered and nobody could speak: it is entered as a call that failed. */
  fail(call: OfCall & { reason: string }): Promise<void>;
  /** Keeps the report; a placed call that ends without a word having been spoken is entered among the calls. */
  onReport(orgId: string, report: StatusReport, callId: string | undefined): Promise<void>;
  /** Keeps how a transfer went. */
  onDialReport(orgId: string, report: DialReport): Promise<void>;
  /** Ends calls whose last report never came. Returns how many. */
  sweep(signal: AbortSignal): Promise<number>;
  /** Throws `not_found`. */
  reportOf(orgId: string, callId: string): Promise<CarrierReport>;
}

/** `completed` without us having spoken: the line was there and nothing came of it. */
const unansweredReason = ({ CallStatus }: StatusReport) =>
  CallStatus === "completed" ? "connection-lost" : CallStatus;

export function createOutboundCalls(parts: OutboundParts): OutboundCalls {
  const { db, organizations, clock } = parts;
  return {
    place: (wish, doing) => placeCall(parts, wish, doing),
    cancel: (callId, doing) => cancelCall(parts, callId, doing),
    placerOf: (callId) => placerOf(parts, callId),
    async takeAnswered({ orgId, callId, externalId }) {
      const again = and(eq(outboundCalls.state, "answered"), eq(outboundCalls.externalId, externalId));
      return await db.withOrg(orgId, async (tx) => {
        const [row] = await tx
          .update(outboundCalls)
          .set({ state: "answered", externalId, answeredAt: new Date(clock.wallNow()) })
          .where(and(eq(outboundCalls.callId, callId), or(eq(outboundCalls.state, "dialing"), again)))
          .returning();
        return row && openOrder(row, await organizations.keyOf(tx, orgId));
      });
    },
    async fail(call) {
      await enterUnanswered(parts, { ...call, from: ["answered"] });
    },
    onReport: (orgId, report, callId) => onReport(parts, { orgId, report, callId }),
    async onDialReport(orgId, report) {
      await db.withOrg(orgId, (tx) => keepDialReport(tx, { orgId, report, clock }));
    },
    sweep: (signal) => sweepPlacedCalls(parts, { signal, onReport: (of) => onReport(parts, of) }),
    reportOf: (orgId, callId) => reportOf(parts, orgId, callId),
  };
}

async function placerOf({ db }: OutboundParts, callId: string) {
  const [orgId] = await db.askForIds("organization_of_outbound_call", [callId]);
  if (orgId === undefined) return undefined;
  const { connectionId } = outboundCalls;
  const [row] = await db.withOrg(orgId, (tx) =>
    tx.select({ connectionId }).from(outboundCalls).where(eq(outboundCalls.callId, callId)),
  );
  return row && { orgId, connectionId: row.connectionId };
}

/** The carrier is told first: what it could not stop goes on ringing, and may be tried again. */
async function cancelCall(
  parts: OutboundParts,
  callId: string,
  { orgId, actor, action, signal }: Doing & { action: string },
): Promise<boolean> {
  const ringing = await parts.db.withOrg(orgId, async (tx) => {
    const [row] = await tx.select().from(outboundCalls).where(eq(outboundCalls.callId, callId));
    if (row?.state !== "dialing") return undefined;
    return { row, login: await parts.loginOf(tx, orgId, row.connectionId) };
  });
  if (ringing === undefined) return false;
  const { row, login } = ringing;
  const { externalId } = row;
  // Without a name it is just being dialled: whoever does that sees that it was given up.
  if (externalId !== null) {
    await orCarrierProblem("The call cannot be given up", () =>
      parts.carrier.updateCall(login, { sid: externalId, to: { hangUp: true } }, signal),
    );
  }
  return await enterUnanswered(parts, {
    ...{ orgId, callId, reason: "canceled", from: ["dialing"] },
    also: (tx) =>
      parts.audit.append(tx, { orgId, actor, action, subject: callId, facts: { action: "hang-up", ringing: true } }),
  });
}

async function onReport(
  parts: OutboundParts,
  { orgId, report, callId }: { orgId: string; report: StatusReport; callId: string | undefined },
): Promise<void> {
  const { db, organizations, clock, calls } = parts;
  await db.withOrg(orgId, async (tx) => {
    await keepReport(tx, { orgId, report, clock });
    const { CallSid: externalId, Price: amount, PriceUnit: currency = "USD" } = report;
    if (amount !== undefined) {
      await parts.onPrice?.(tx, { orgId, externalId, amount, currency: currency.toUpperCase() });
    }
  });
  if (callId === undefined || !isOver(report.CallStatus)) return;
  const reason = unansweredReason(report);
  const externalId = report.CallSid;
  if (await enterUnanswered(parts, { orgId, callId, externalId, reason, from: ["dialing"] })) return;
  const answered = await db.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .update(outboundCalls)
      .set({ state: "ended", endedAt: new Date(clock.wallNow()) })
      .where(and(eq(outboundCalls.callId, callId), eq(outboundCalls.state, "answered")))
      .returning();
    return row && { row, order: openOrder(row, await organizations.keyOf(tx, orgId)) };
  });
  if (answered === undefined || (await calls.getCall(orgId, callId)) !== undefined) return;
  await parts.withdraw(callId);
  await enterFailed(parts, { ...answered, externalId, reason: "stream-failed" });
}

const nothingReported = {
  ...{ durationSeconds: null, answeredBy: null, errorCode: null, sipCode: null, price: null },
  ...{ transfer: null, reports: [] },
};

async function reportOf({ db, calls }: OutboundParts, orgId: string, callId: string): Promise<CarrierReport> {
  const entered = await calls.getCall(orgId, callId);
  return await db.withOrg(orgId, async (tx) => {
    const [placed] = await tx.select().from(outboundCalls).where(eq(outboundCalls.callId, callId));
    if (entered === undefined && placed === undefined) {
      throw new AppError("not_found", { publicMessage: "There is no such call." });
    }
    const externalId = placed?.externalId ?? entered?.externalId ?? null;
    const reported = externalId === null ? undefined : await readReports(tx, externalId);
    return reported ?? { externalId, status: placed === undefined ? "unreported" : "queued", ...nothingReported };
  });
}
