/** Placed calls whose last report never came: the telephone company is asked, and what nobody can tell of is ended in time. */
import { and, eq, lt, ne } from "drizzle-orm";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import { isOver, type StatusReport } from "./carrier-reports.ts";
import { enterUnanswered } from "./end-placed-call.ts";
import type { OutboundParts } from "./outbound-parts.ts";
import { type OutboundCallRow, outboundCalls } from "./phone-numbers.table.ts";

/** Longer than a phone rings, the queue before it included; and than a report takes on its way. */
const quietMs = 10 * 60_000;
/** After this no phone rings any more, whatever anybody says. */
const givenUpMs = 2 * 3_600_000;
/** An answered call that is spoken is ended by its media process; of this row only the last report is missing. */
const forgottenMs = 24 * 3_600_000;

type Report = (of: { orgId: string; report: StatusReport; callId: string }) => Promise<void>;

/** Returns how many calls it ended. Safe to run twice, and beside the reports themselves. */
export async function sweepPlacedCalls(
  parts: OutboundParts,
  { signal, onReport }: { signal: AbortSignal; onReport: Report },
): Promise<number> {
  const { db, clock } = parts;
  let ended = 0;
  for (const orgId of await db.askForIds("organizations_to_tend")) {
    const quietSince = new Date(clock.wallNow() - quietMs);
    const rows = await db.withOrg(orgId, (tx) =>
      tx
        .select()
        .from(outboundCalls)
        .where(and(ne(outboundCalls.state, "ended"), lt(outboundCalls.createdAt, quietSince))),
    );
    for (const row of rows) {
      if (signal.aborted) return ended;
      if (await settle(parts, { row, signal, onReport })) ended++;
    }
  }
  return ended;
}

async function settle(
  parts: OutboundParts,
  { row, signal, onReport }: { row: OutboundCallRow; signal: AbortSignal; onReport: Report },
): Promise<boolean> {
  const { orgId, callId } = row;
  const report = await askFor(parts, row, signal);
  if (report !== undefined && isOver(report.CallStatus)) {
    await onReport({ orgId, report, callId });
    return true;
  }
  const ageMs = parts.clock.wallNow() - row.createdAt.getTime();
  if (row.state === "dialing") {
    // Without a name the telephone company was never heard to have taken it.
    if (row.externalId !== null && ageMs < givenUpMs) return false;
    return await enterUnanswered(parts, { orgId, callId, reason: "connection-lost", from: ["dialing"] });
  }
  if (report !== undefined || ageMs < forgottenMs) return false;
  await parts.db.withOrg(orgId, (tx) =>
    tx
      .update(outboundCalls)
      .set({ state: "ended", endedAt: new Date(parts.clock.wallNow()) })
      .where(and(eq(outboundCalls.callId, callId), eq(outboundCalls.state, "answered"))),
  );
  return true;
}

/** Undefined: it has no name, the account is gone, or the telephone company does not answer or does not know it. */
async function askFor(
  parts: OutboundParts,
  { orgId, connectionId, externalId }: OutboundCallRow,
  signal: AbortSignal,
): Promise<StatusReport | undefined> {
  if (externalId === null) return undefined;
  try {
    const login = await parts.db.withOrg(orgId, (tx) => parts.loginOf(tx, orgId, connectionId));
    return await parts.carrier.fetchCall(login, externalId, signal);
  } catch (error) {
    if (error instanceof ProviderError || error instanceof AppError) return undefined;
    throw error;
  }
}
