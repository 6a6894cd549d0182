/** A wish, read and checked: which service, which time, in which calendars, for whom. */
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readCalendars } from "../calendars/index.ts";
import type { AppointmentDeps, Booking, InBusiness, Move } from "./appointment-parts.ts";
import type { NewAppointment } from "./appointment-rows.ts";
import type { AppointmentRow } from "./appointments.table.ts";
import { type Bookable, bookableFor, profileIn } from "./bookable-calendars.ts";
import { buffersOf, failed, type Place, placesFor, refuse, type SlotSearch, slotAt } from "./bookable-slots.ts";
import { type BusinessProfile, findService, type Interval, type Service } from "./business-profile.ts";
import { releaseExpiredHolds } from "./busy-times.ts";
import { findOwn } from "./own-appointment.ts";
import { normalizePhone } from "./phone.ts";

type Refusal = ReturnType<typeof failed>;

export const badPhone = failed("phone: this cannot be read as a phone number. Ask for it again, digit by digit.");
const badTime = (field: string) => failed(`${field}: give date and time in ISO 8601, such as 2026-11-23T10:00.`);
const unknownService = (profile: BusinessProfile) =>
  failed(`service: we offer ${profile.services.map((service) => service.name).join(", ")}.`);

export async function phoneHashOf(
  tx: OrgTx,
  { organizations }: AppointmentDeps,
  { orgId, profile, phone }: InBusiness & { phone: string },
): Promise<Buffer | undefined> {
  const number = normalizePhone(phone, profile.country);
  if (number === undefined) return undefined;
  return hashOfPhone(await organizations.keyOf(tx, orgId), number);
}

export const hashOfPhone = (orgKey: Buffer, number: string): Buffer =>
  keyedHash(deriveSecret(orgKey, "appointment phone"), number);

interface SearchWish extends InBusiness {
  readonly service?: string;
  readonly person?: string;
}

export interface PreparedSearch {
  readonly ok: true;
  readonly service: Service;
  readonly search: SlotSearch;
  readonly orgKey: Buffer;
}

export async function prepareSearch(
  tx: OrgTx,
  deps: AppointmentDeps,
  { orgId, profile, service: named, person }: SearchWish,
): Promise<PreparedSearch | Refusal> {
  const service = findService(profile, named);
  if (service === undefined) return unknownService(profile);
  const orgKey = await deps.organizations.keyOf(tx, orgId);
  const nowMs = deps.clock.wallNow();
  const choice = bookableFor(await readCalendars(tx, orgKey), { profile, service, person, nowMs });
  if (!choice.ok) return choice;
  const { durationMs } = service;
  const search = { profile, choice, durationMs, buffers: buffersOf(service), nowMs, outside: deps.busyOutside };
  return { ok: true, service, search, orgKey };
}

export interface PreparedBooking {
  readonly ok: true;
  readonly search: SlotSearch;
  /** Where it is free as far as the book knows; the database has the last word. */
  readonly places: readonly Place[];
  readonly wanted: NewAppointment;
}

/** Holds that have run out are let go first. */
export async function prepareBooking(
  tx: OrgTx,
  deps: AppointmentDeps,
  booking: Booking,
): Promise<PreparedBooking | Refusal> {
  const { orgId, profile, callId, name, phone, note, language = profile.language } = booking;
  const prepared = await prepareSearch(tx, deps, booking);
  if (!prepared.ok) return prepared;
  const { service, search, orgKey } = prepared;
  const phoneHash = await phoneHashOf(tx, deps, booking);
  if (phoneHash === undefined) return badPhone;
  const slot = slotAt(profile, booking.startsAt, service.durationMs);
  if (slot === undefined) return badTime("startsAt");
  const refusal = await refuse(tx, search, slot);
  if (refusal !== undefined) return refusal;
  const { nowMs } = search;
  await releaseExpiredHolds(tx, nowMs);
  const contactId = await deps.contactOf?.(tx, { orgId, phone: normalizePhone(phone, profile.country) ?? phone });
  const details = { name, phone, note };
  const { timeZone } = profile;
  const wanted = { orgId, orgKey, callId, service, slot, details, phoneHash, language, timeZone, contactId, nowMs };
  return { ok: true, search, wanted, places: await placesFor(tx, search, slot) };
}

export interface PreparedMove {
  readonly ok: true;
  readonly row: AppointmentRow;
  readonly slot: Interval;
  readonly search: SlotSearch;
  readonly calendar: Bookable;
}

/** The row is locked. It stays in its calendar and room. */
export async function prepareMove(tx: OrgTx, deps: AppointmentDeps, move: Move): Promise<PreparedMove | Refusal> {
  const { orgId, profile } = move;
  const phoneHash = await phoneHashOf(tx, deps, move);
  if (phoneHash === undefined) return badPhone;
  const orgKey = await deps.organizations.keyOf(tx, orgId);
  const nowMs = deps.clock.wallNow();
  const own = await findOwn(tx, { wish: move, orgKey, phoneHash, nowMs });
  if (!own.ok) return own;
  const { row } = own;
  if (row.status === "held") {
    return failed("That appointment is not confirmed yet. It can be moved once it is; offer to take a message.");
  }
  const durationMs = row.endsAt.getTime() - row.startsAt.getTime();
  const slot = slotAt(profile, move.newStartsAt, durationMs);
  if (slot === undefined) return badTime("newStartsAt");
  const known = (await readCalendars(tx, orgKey)).find(({ id }) => id === row.calendarId);
  const calendar: Bookable = {
    id: row.calendarId ?? undefined,
    name: known?.name ?? "",
    profile: known === undefined ? profile : profileIn(profile, known.settings, nowMs),
    ...(known?.link && { link: known.link }),
    whenUnreachable: known?.settings.whenUnreachable ?? "provisional",
  };
  const choice = { calendars: [calendar], ...(row.roomId !== null && { rooms: [row.roomId] }) };
  const search = {
    ...{ profile, choice, durationMs, buffers: buffersOf(row), nowMs, outside: deps.busyOutside, exceptId: row.id },
  };
  const refusal = await refuse(tx, search, slot);
  if (refusal !== undefined) return refusal;
  await releaseExpiredHolds(tx, nowMs);
  return { ok: true, row, slot, search, calendar };
}
