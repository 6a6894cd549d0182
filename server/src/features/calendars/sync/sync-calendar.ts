/** One look at a linked calendar: who is busy there now, and what a person did there to appointments of ours. */
import { and, eq } from "drizzle-orm";
import { AppError, ProviderError } from "../../../kernel/app-error.ts";
import type { OrgTx } from "../../../platform/db/org-db.ts";
import type { CalendarChanges, ExternalEvent } from "../calendar.port.ts";
import { readCalendar } from "../known-calendars.ts";
import { writeBusy } from "./busy-cache.ts";
import { type CalendarSyncRow, calendarSyncs } from "./sync.tables.ts";
import type { StandingAppointment, SyncedCalendar, SyncParts, SyncWork } from "./sync-parts.ts";
import { keepWatching } from "./watch-calendar.ts";

/** Never throws for the vendor's sake: what it said stands beside the calendar, and the next look asks again. */
export async function syncCalendar(parts: SyncParts, of: SyncedCalendar, signal: AbortSignal): Promise<void> {
  const found = await parts.db.withOrg(of.orgId, async (tx) => {
    const [row] = await tx.select().from(calendarSyncs).where(eq(calendarSyncs.calendarId, of.calendarId));
    const calendar = await readCalendar(tx, await parts.organizations.keyOf(tx, of.orgId), of.calendarId);
    return { row, link: calendar?.link };
  });
  const { row, link } = found;
  if (row === undefined || link === undefined) return;
  try {
    const provider = await parts.providerOf({ orgId: of.orgId, connectionId: link.connectionId });
    const work = { ...of, row, provider, externalCalendarId: link.externalCalendarId, signal };
    await look(parts, work);
    await keepWatching(parts, work);
  } catch (error) {
    if (!(error instanceof ProviderError) && !(error instanceof AppError)) throw error;
    if (!signal.aborted) await noteProblem(parts, of, error);
  }
}

interface Doubt {
  readonly before: StandingAppointment;
  /** As it stands there now; undefined: it does not. */
  readonly now: ExternalEvent | undefined;
}

async function look(parts: SyncParts, work: SyncWork): Promise<void> {
  const { orgId, calendarId, row, provider, externalCalendarId, signal } = work;
  // Read before the vendor is asked: what we do there ourselves meanwhile has changed them then.
  const standing = await parts.db.withOrg(orgId, (tx) => parts.appointments.standing(tx, calendarId));
  const changes = await provider.changesSince(externalCalendarId, row.cursor ?? undefined, signal);
  const doubts: Doubt[] = [];
  for (const before of doubtful(standing, changes)) {
    doubts.push({ before, now: await provider.findEvent(externalCalendarId, before.id, signal) });
  }
  await parts.db.withOrg(orgId, async (tx) => {
    if (!(await noteRound(tx, parts, { row, cursor: changes.cursor }))) return;
    const known = new Map(standing.map((each) => [each.externalId, each.id]));
    const changed = changes.changed.map((event) => {
      const appointmentId = event.appointmentId ?? known.get(event.externalId);
      return appointmentId === undefined ? event : { ...event, appointmentId };
    });
    await writeBusy(tx, { orgId, calendarId }, { ...changes, changed });
    for (const { before, now } of doubts) await follow(tx, parts, { before, now });
    const ours = changed.flatMap(({ appointmentId }) => appointmentId ?? []);
    const strays = ours.filter((id) => standing.every((each) => each.id !== id));
    if (strays.length > 0) await parts.appointments.strays(tx, strays);
  });
}

async function follow(tx: OrgTx, { appointments }: SyncParts, { before, now }: Doubt): Promise<void> {
  if (now === undefined) await appointments.gone(tx, before);
  else if (now.etag === undefined || now.etag !== before.externalEtag) await appointments.moved(tx, before, now);
}

/** Those that may have been moved or taken away: each is looked at once more before anything is done. */
function doubtful(standing: readonly StandingAppointment[], changes: CalendarChanges): StandingAppointment[] {
  const byAppointment = new Map(changes.changed.map((event) => [event.appointmentId ?? event.externalId, event]));
  const removed = new Set(changes.removed.map(({ externalId }) => externalId));
  return standing.filter((each) => {
    if (removed.has(each.externalId)) return true;
    const event = byAppointment.get(each.id) ?? byAppointment.get(each.externalId);
    if (event === undefined) return changes.isComplete;
    return event.startMs !== each.startMs || event.endMs !== each.endMs || event.etag !== each.externalEtag;
  });
}

/** False: another look was faster. */
async function noteRound(
  tx: OrgTx,
  { clock }: SyncParts,
  { row, cursor }: { row: CalendarSyncRow; cursor: string },
): Promise<boolean> {
  const noted = await tx
    .update(calendarSyncs)
    .set({ cursor, round: row.round + 1, syncedAt: new Date(clock.wallNow()), failingSince: null, problem: null })
    .where(and(eq(calendarSyncs.calendarId, row.calendarId), eq(calendarSyncs.round, row.round)))
    .returning({ round: calendarSyncs.round });
  return noted.length > 0;
}

async function noteProblem(parts: SyncParts, of: SyncedCalendar, error: ProviderError | AppError): Promise<void> {
  const words = error instanceof AppError ? error.publicMessage : (error.vendorMessage ?? error.message);
  await parts.db.withOrg(of.orgId, async (tx) => {
    const here = eq(calendarSyncs.calendarId, of.calendarId);
    const [row] = await tx.select().from(calendarSyncs).where(here).for("update");
    if (row === undefined) return;
    const failingSince = row.failingSince ?? new Date(parts.clock.wallNow());
    await tx
      .update(calendarSyncs)
      .set({ failingSince, problem: words.slice(0, 500) })
      .where(here);
    if (row.failingSince === null) parts.log("warn", "a linked calendar cannot be read", { ...of });
  });
}
