/** What the telephone company reports of calls: each report once, in whatever order it comes. */
import type { CarrierReport } from "@parley/contract/phone-numbers";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { carrierReports } from "./phone-numbers.table.ts";

const whole = z.coerce.number().int().min(0).max(1_000_000_000).optional().catch(undefined);
const word = (max: number) => z.string().min(1).max(max).optional().catch(undefined);

/** The fields of a status callback that are kept; whatever else comes is not. */
const statusFields = z.object({
  CallSid: z.string().regex(/^CA[0-9a-fA-F]{32}$/),
  CallStatus: z.string().regex(/^[a-z-]{1,30}$/),
  SequenceNumber: whole,
  CallDuration: whole,
  AnsweredBy: word(40),
  ErrorCode: whole,
  SipResponseCode: whole,
  Price: z
    .string()
    .regex(/^-?\d{1,8}(\.\d{1,8})?$/)
    .optional()
    .catch(undefined),
  PriceUnit: z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .optional()
    .catch(undefined),
});
export type StatusReport = z.output<typeof statusFields>;

/** Undefined: no status callback of a call. */
export function readStatusReport(fields: Readonly<Record<string, unknown>>): StatusReport | undefined {
  return statusFields.safeParse(fields).data;
}

const dialFields = z.object({
  CallSid: z.string().regex(/^CA[0-9a-fA-F]{32}$/),
  DialCallStatus: z.string().regex(/^[a-z-]{1,30}$/),
  DialCallSid: z.string().max(64).optional().catch(undefined),
  DialCallDuration: whole,
});
export type DialReport = z.output<typeof dialFields>;

/** Undefined: nothing of a phone that was dialled for a caller. */
export function readDialReport(fields: Readonly<Record<string, unknown>>): DialReport | undefined {
  return dialFields.safeParse(fields).data;
}

const progress = ["queued", "initiated", "ringing", "in-progress"];
export const isOver = (status: string): boolean => !progress.includes(status);

export async function keepReport(
  tx: OrgTx,
  { orgId, report, clock }: { orgId: string; report: StatusReport; clock: Clock },
): Promise<void> {
  await tx
    .insert(carrierReports)
    .values({
      ...{ orgId, externalId: report.CallSid, status: report.CallStatus },
      reportKey: `${report.SequenceNumber ?? "-"}:${report.CallStatus}`,
      sequence: report.SequenceNumber ?? null,
      durationS: report.CallDuration ?? null,
      answeredBy: report.AnsweredBy ?? null,
      errorCode: report.ErrorCode ?? null,
      sipCode: report.SipResponseCode ?? null,
      price: report.Price ?? null,
      priceCurrency: report.Price === undefined ? null : (report.PriceUnit ?? "USD").toUpperCase(),
      reportedAt: new Date(clock.wallNow()),
    })
    .onConflictDoNothing();
}

/** Of a phone that was dialled for a caller. */
export async function keepDialReport(
  tx: OrgTx,
  { orgId, report, clock }: { orgId: string; report: DialReport; clock: Clock },
): Promise<void> {
  await tx
    .insert(carrierReports)
    .values({
      ...{ orgId, externalId: report.CallSid, status: "in-progress", reportKey: `dial:${report.DialCallSid ?? "-"}` },
      dialStatus: report.DialCallStatus,
      dialDurationS: report.DialCallDuration ?? null,
      reportedAt: new Date(clock.wallNow()),
    })
    .onConflictDoNothing();
}

/** Of one call, folded: an end stands over every step before it, whichever came last. */
export async function readReports(tx: OrgTx, externalId: string): Promise<CarrierReport | undefined> {
  const found = await tx.select().from(carrierReports).where(eq(carrierReports.externalId, externalId));
  const rows = found.toSorted(
    (left, right) =>
      Number(isOver(left.status)) - Number(isOver(right.status)) ||
      (left.sequence ?? 0) - (right.sequence ?? 0) ||
      left.reportedAt.getTime() - right.reportedAt.getTime(),
  );
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const newest = <K extends keyof typeof last>(field: K) =>
    rows.findLast((row) => row[field] !== null)?.[field] ?? null;
  const price = newest("price");
  const dialled = newest("dialStatus");
  return {
    externalId,
    status: last.status,
    durationSeconds: newest("durationS"),
    answeredBy: newest("answeredBy"),
    errorCode: newest("errorCode"),
    sipCode: newest("sipCode"),
    price: price === null ? null : { amount: price, currency: newest("priceCurrency") ?? "USD" },
    transfer: dialled === null ? null : { status: dialled, durationSeconds: newest("dialDurationS") },
    reports: rows
      .filter((row) => row.dialStatus === null)
      .map((row) => ({ status: row.status, reportedAt: row.reportedAt.toISOString() })),
  };
}
