/** Appointments as people at a desk see and change them. Every change is one transaction with its entry in the audit log. */
import type { AppointmentView } from "@parley/contract/appointments";
import { and, asc, eq, gt, inArray, isNull, lt, or } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import { type KnownCalendar, readCalendars } from "../calendars/index.ts";
import { readPlace } from "../organizations/index.ts";
import type { AppointmentDeps } from "./appointment-parts.ts";
import { openDetails, rowOf, unlessTaken } from "./appointment-rows.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";
import type { BusinessProfile, Interval } from "./business-profile.ts";
import { releaseExpiredHolds } from "./busy-times.ts";
import { emitDeed, markCancelled } from "./deeds.ts";
import { normalizePhone } from "./phone.ts";
import { hashOfPhone } from "./prepare-wish.ts";

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

interface OneOf {
  readonly orgId: string;
  readonly appointmentId: string;
}

export interface AppointmentFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly calendarId?: string | undefined;
  readonly status?: AppointmentRow["status"] | undefined;
}

export interface DeskBooking {
  readonly calendarId?: string | undefined;
  readonly roomId?: string | undefined;
  readonly service: string;
  readonly startsAt: string;
  readonly durationMinutes: number;
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  readonly name: string;
  readonly phone: string;
  readonly note?: string | undefined;
  readonly language?: string | undefined;
}

export interface DeskMove {
  readonly startsAt: string;
  readonly durationMinutes?: number | undefined;
  readonly calendarId?: string | undefined;
}

/** Throws AppError `not_found`, `bad_request` that names the field, `conflict` for a time that is taken. */
export interface AppointmentDesk {
  list(orgId: string, filters: AppointmentFilters): Promise<{ items: AppointmentView[]; nextCursor: string | null }>;
  get(one: OneOf): Promise<AppointmentView>;
  create(asked: Asked, booking: DeskBooking): Promise<AppointmentView>;
  move(asked: Asked & OneOf, move: DeskMove): Promise<AppointmentView>;
  cancel(asked: Asked & OneOf): Promise<AppointmentView>;
}

export interface AppointmentDeskParts extends AppointmentDeps {
  readonly db: OrgDb;
  readonly audit: AuditLog;
  /** What an agent books by. Throws AppError `not_found`; undefined when it takes no appointments. */
  readonly profileOf: (agent: { orgId: string; agentId: string }) => Promise<BusinessProfile | undefined>;
}

const minuteMs = 60_000;

export function createAppointmentDesk(parts: AppointmentDeskParts): AppointmentDesk {
  const { db, organizations } = parts;
  const shown = async (tx: OrgTx, row: AppointmentRow) => toView(row, await organizations.keyOf(tx, row.orgId));
  return {
    list: (orgId, filters) =>
      db.withOrg(orgId, async (tx) => {
        const rows = await selectPage(tx, filters);
        const orgKey = await organizations.keyOf(tx, orgId);
        const items = rows.slice(0, filters.limit).map((row) => toView(row, orgKey));
        return { items, nextCursor: rows.length > filters.limit ? (items.at(-1)?.id ?? null) : null };
      }),
    get: ({ orgId, appointmentId }) =>
      db.withOrg(orgId, async (tx) => await shown(tx, await requireRow(tx, appointmentId))),
    create: (asked, booking) =>
      db.withOrg(asked.orgId, async (tx) => await shown(tx, await create(tx, { asked, parts, booking }))),
    move: ({ appointmentId, ...asked }, move) =>
      db.withOrg(asked.orgId, async (tx) => {
        const row = await requireRow(tx, appointmentId);
        return await shown(tx, await moveRow(tx, { asked, parts, row, move }));
      }),
    cancel: ({ appointmentId, ...asked }) =>
      db.withOrg(asked.orgId, async (tx) => {
        const row = await requireRow(tx, appointmentId);
        if (row.status !== "cancelled") {
          await markCancelled(tx, parts, row);
          await parts.audit.append(tx, { ...asked, action: "appointments.cancel", subject: appointmentId });
          await emitDeed(tx, parts, { deed: "cancelled", row });
        }
        return await shown(tx, await requireRow(tx, appointmentId));
      }),
  };
}

export function toView(row: AppointmentRow, orgKey: Buffer): AppointmentView {
  const details = openDetails(orgKey, row);
  const { id, status, service, calendarId, roomId, callId, contactId, language } = row;
  const { bufferBeforeMinutes, bufferAfterMinutes } = row;
  return {
    ...{
      id,
      status,
      service,
      calendarId,
      roomId,
      callId,
      contactId,
      language,
      bufferBeforeMinutes,
      bufferAfterMinutes,
    },
    ...{ startsAt: row.startsAt.toISOString(), endsAt: row.endsAt.toISOString() },
    ...{ name: details?.name ?? null, phone: details?.phone ?? null, note: details?.note ?? null },
    ...{ sync: row.syncState, confirmedAt: row.confirmedAt?.toISOString() ?? null },
    ...{ createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() },
  };
}

async function requireRow(tx: OrgTx, id: string): Promise<AppointmentRow> {
  const isOne = and(eq(appointments.id, id), isNull(appointments.movesId));
  const [row] = await tx.select().from(appointments).where(isOne).for("update");
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such appointment." });
  return row;
}

async function selectPage(tx: OrgTx, filters: AppointmentFilters): Promise<AppointmentRow[]> {
  const { limit, cursor, from, until, calendarId, status } = filters;
  const { startsAt, endsAt, id } = appointments;
  const [after] = cursor === undefined ? [] : await tx.select().from(appointments).where(eq(id, cursor));
  if (cursor !== undefined && after === undefined) {
    throw new AppError("bad_request", {
      publicMessage: "cursor is not one this list gave out. Leave it away to start.",
    });
  }
  return await tx
    .select()
    .from(appointments)
    .where(
      and(
        isNull(appointments.movesId),
        status === undefined ? inArray(appointments.status, ["held", "active"]) : eq(appointments.status, status),
        from === undefined ? undefined : gt(endsAt, new Date(from)),
        until === undefined ? undefined : lt(startsAt, new Date(until)),
        calendarId === undefined ? undefined : eq(appointments.calendarId, calendarId),
        after && or(gt(startsAt, after.startsAt), and(eq(startsAt, after.startsAt), gt(id, after.id))),
      ),
    )
    .orderBy(asc(startsAt), asc(id))
    .limit(limit + 1);
}

const bad = (publicMessage: string) => new AppError("bad_request", { publicMessage });
const taken = () =>
  new AppError("conflict", { publicMessage: "startsAt: that time is taken in this calendar or room. Choose another." });

/** The one that is named; the only one there is; undefined for the implied calendar. */
function chooseCalendar(known: readonly KnownCalendar[], calendarId: string | undefined): KnownCalendar | undefined {
  if (calendarId !== undefined) {
    const found = known.find(({ id }) => id === calendarId);
    if (found === undefined) throw new AppError("not_found", { publicMessage: "There is no such calendar." });
    return found;
  }
  const people = known.filter(({ kind, isActive }) => kind !== "room" && isActive);
  if (known.length > 0 && people.length !== 1) throw bad("calendarId: there are several calendars. Name one.");
  return people[0];
}

function chooseRoom(known: readonly KnownCalendar[], roomId: string | undefined): string | undefined {
  if (roomId === undefined) return undefined;
  if (!known.some(({ id, kind }) => id === roomId && kind === "room")) {
    throw new AppError("not_found", { publicMessage: "There is no such room." });
  }
  return roomId;
}

function slotOf(startsAt: string, durationMinutes: number): Interval {
  const startMs = Date.parse(startsAt);
  return { startMs, endMs: startMs + durationMinutes * minuteMs };
}

interface Work {
  readonly asked: Asked;
  readonly parts: AppointmentDeskParts;
}

async function create(tx: OrgTx, { asked, parts, booking }: Work & { booking: DeskBooking }): Promise<AppointmentRow> {
  const { orgId } = asked;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const known = await readCalendars(tx, orgKey);
  const calendar = chooseCalendar(known, booking.calendarId);
  const room = chooseRoom(known, booking.roomId) ?? (calendar?.kind === "room" ? calendar.id : undefined);
  const phone = normalizePhone(booking.phone, (await readPlace(tx)).country ?? "");
  // Digits alone are another number than the same with a country: the person would not be told, nor known when calling.
  if (!phone?.startsWith("+"))
    throw bad("phone: this cannot be read as a phone number. Write it with its country code.");
  const nowMs = parts.clock.wallNow();
  const now = new Date(nowMs);
  const { service: name, bufferBeforeMinutes, bufferAfterMinutes, language, note } = booking;
  const wanted = {
    ...{ orgId, orgKey, language, nowMs, phoneHash: hashOfPhone(orgKey, phone) },
    timeZone: calendar?.settings.timeZone,
    service: { name, bufferBeforeMinutes, bufferAfterMinutes },
    slot: slotOf(booking.startsAt, booking.durationMinutes),
    details: { name: booking.name, phone: booking.phone, note },
    contactId: await parts.contactOf?.(tx, { orgId, phone }),
  };
  const place = { calendar: { id: calendar?.id }, ...(room !== undefined && { room }) };
  const isLinked = calendar?.link !== undefined;
  const values = rowOf(wanted, place, {
    status: "active",
    ...(isLinked ? { syncState: "pending", nextSyncAt: now } : { syncState: "none" }),
  });
  await releaseExpiredHolds(tx, nowMs);
  if (!(await unlessTaken(tx, (inner) => inner.insert(appointments).values(values)))) throw taken();
  const row = await requireRow(tx, values.id);
  await parts.audit.append(tx, { ...asked, action: "appointments.create", subject: row.id });
  await emitDeed(tx, parts, { deed: "booked", row });
  return row;
}

interface MoveWork extends Work {
  readonly row: AppointmentRow;
  readonly move: DeskMove;
}

async function moveRow(tx: OrgTx, { asked, parts, row, move }: MoveWork): Promise<AppointmentRow> {
  if (row.status !== "active") {
    throw new AppError("conflict", { publicMessage: `It is ${row.status}: only an active appointment can be moved.` });
  }
  const orgKey = await parts.organizations.keyOf(tx, asked.orgId);
  const known = await readCalendars(tx, orgKey);
  const calendar = known.find(({ id }) => id === row.calendarId);
  const next = move.calendarId === undefined ? calendar : chooseCalendar(known, move.calendarId);
  const isSame = next?.id === calendar?.id;
  if (!isSame && (calendar?.link !== undefined || row.externalId !== null)) {
    throw bad("calendarId: it stands in a linked calendar. Cancel it and book it in the other one.");
  }
  const duration = move.durationMinutes ?? (row.endsAt.getTime() - row.startsAt.getTime()) / minuteMs;
  const slot = slotOf(move.startsAt, duration);
  const nowMs = parts.clock.wallNow();
  const change = {
    ...{ startsAt: new Date(slot.startMs), endsAt: new Date(slot.endMs), updatedAt: new Date(nowMs) },
    ...{ calendarId: next?.id ?? row.calendarId, confirmedAt: null },
    ...(next?.link !== undefined && { syncState: "pending" as const, syncAttempts: 0, nextSyncAt: new Date(nowMs) }),
  };
  await releaseExpiredHolds(tx, nowMs);
  const isOne = eq(appointments.id, row.id);
  if (!(await unlessTaken(tx, (inner) => inner.update(appointments).set(change).where(isOne)))) throw taken();
  const moved = await requireRow(tx, row.id);
  await parts.audit.append(tx, { ...asked, action: "appointments.move", subject: row.id });
  await emitDeed(tx, parts, { deed: "rescheduled", row: moved });
  return moved;
}
