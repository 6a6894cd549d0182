/** Appointments as rows: sealed, written where the database finds room, found again. */
import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { sqlStateOf } from "../../platform/db/db-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type AppointmentRow, appointments } from "./appointments.table.ts";

import type { Interval, Service } from "./business-profile.ts";
import { lockBook } from "./busy-times.ts";
import { isSamePerson } from "./person-names.ts";

export interface AppointmentDetails {
  readonly name: string;
  readonly phone: string;
  readonly note?: string | undefined;
}

const placeOf = (orgId: string, id: string) => ({ orgId, owner: id, seq: "details" });

/** Undefined when they were erased. */
export function openDetails(orgKey: Buffer, row: AppointmentRow): AppointmentDetails | undefined {
  if (row.keyWrap === null) return undefined;
  return open(
    unwrapKey(orgKey, row.keyWrap, row.id),
    placeOf(row.orgId, row.id),
    row.sealedDetails,
  ) as AppointmentDetails;
}

export interface NewAppointment {
  readonly orgId: string;
  readonly orgKey: Buffer;
  readonly callId?: string | undefined;
  readonly service: Pick<Service, "name" | "bufferBeforeMinutes" | "bufferAfterMinutes">;
  readonly slot: Interval;
  readonly details: AppointmentDetails;
  readonly phoneHash: Buffer;
  readonly language?: string | undefined;
  /** In which its time was told. Absent: the organisation's. */
  readonly timeZone?: string | undefined;
  readonly contactId?: string | undefined;
  readonly nowMs: number;
}

/** In which calendar (undefined: the implied one) and room. */
export interface RowPlace {
  readonly calendar: { readonly id: string | undefined };
  readonly room?: string;
}

/** What differs between one that is certain and one that is asked for outside. */
export type Standing = Pick<AppointmentRow, "status" | "syncState"> &
  Partial<Pick<AppointmentRow, "holdUntil" | "nextSyncAt" | "deedHash">>;

export function rowOf(wanted: NewAppointment, { calendar, room }: RowPlace, standing: Standing) {
  const { orgId, orgKey, callId, service, slot, details, phoneHash, language, timeZone, contactId, nowMs } = wanted;
  const id = newId("appt", nowMs);
  const key = newKey();
  const now = new Date(nowMs);
  return {
    ...{ id, orgId, phoneHash, ...standing, createdAt: now, updatedAt: now },
    callId: callId ?? null,
    calendarId: calendar.id ?? null,
    roomId: room ?? null,
    language: language ?? null,
    timeZone: timeZone ?? null,
    contactId: contactId ?? null,
    service: service.name,
    startsAt: new Date(slot.startMs),
    endsAt: new Date(slot.endMs),
    bufferBeforeMinutes: service.bufferBeforeMinutes ?? 0,
    bufferAfterMinutes: service.bufferAfterMinutes ?? 0,
    keyWrap: wrapKey(orgKey, key, id),
    sealedDetails: seal(key, placeOf(orgId, id), details),
  };
}

const exclusionViolation = "23P01";

/** False when the database says the time is taken; the transaction goes on. */
export async function unlessTaken(tx: OrgTx, write: (inner: OrgTx) => Promise<unknown>): Promise<boolean> {
  await lockBook(tx);
  try {
    await tx.transaction((inner) => write(inner as OrgTx));
    return true;
  } catch (error) {
    if (sqlStateOf(error) === exclusionViolation) return false;
    throw error;
  }
}

/** Coming ones of a number, held ones too, the next first; locked. Not the new times of others. */
export async function comingOf(tx: OrgTx, phoneHash: Buffer, nowMs: number): Promise<AppointmentRow[]> {
  return await tx
    .select()
    .from(appointments)
    .where(
      and(
        inArray(appointments.status, ["held", "active"]),
        eq(appointments.phoneHash, phoneHash),
        gt(appointments.endsAt, new Date(nowMs)),
        isNull(appointments.movesId),
      ),
    )
    .orderBy(asc(appointments.startsAt), asc(appointments.id))
    .for("update");
}

export interface SameWish {
  readonly orgKey: Buffer;
  readonly phoneHash: Buffer;
  readonly startMs: number;
  readonly name: string;
}

/** The caller has this very time already: another word for the same wish. Two people of one number may come at one time. */
export async function findSame(
  tx: OrgTx,
  { orgKey, phoneHash, startMs, name }: SameWish,
): Promise<AppointmentRow | undefined> {
  const rows = await tx
    .select()
    .from(appointments)
    .where(
      and(
        inArray(appointments.status, ["held", "active"]),
        isNull(appointments.movesId),
        eq(appointments.phoneHash, phoneHash),
        sql`${appointments.startsAt} = ${new Date(startMs).toISOString()}::timestamptz`,
      ),
    );
  return rows.find((row) => {
    const known = openDetails(orgKey, row);
    return known !== undefined && isSamePerson(known.name, name);
  });
}
