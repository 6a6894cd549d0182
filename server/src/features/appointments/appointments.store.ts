/** The appointment book. Every function works in the caller's transaction, so that a deed and its record are one. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash, newKey, seal, wrapKey } from "../../platform/crypto/envelope.ts";
import { sqlStateOf } from "../../platform/db/db-error.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import { appointments } from "./appointments.table.ts";
import { failed, refuse, slotAt, slotsOn, taken } from "./bookable-slots.ts";
import { type BusinessProfile, findService, type Interval, localIso, parseLocalDate } from "./business-profile.ts";
import { normalizePhone } from "./phone.ts";

export type AppointmentOutcome =
  | { readonly ok: true; readonly appointmentId: string; readonly startsAt: string }
  /** Nothing was done. `publicMessage` may be told to the caller. */
  | { readonly ok: false; readonly publicMessage: string };

interface InBusiness {
  readonly orgId: string;
  readonly profile: BusinessProfile;
}

export interface Booking extends InBusiness {
  /** Absent: booked outside a call. */
  readonly callId?: string;
  readonly service: string;
  readonly startsAt: string;
  readonly name: string;
  readonly phone: string;
  readonly note?: string;
}

interface AvailabilityQuery extends InBusiness {
  readonly date: string;
  readonly service?: string;
}

type Availability =
  | { readonly ok: true; readonly slots: string[] }
  | { readonly ok: false; readonly publicMessage: string };

interface Caller extends InBusiness {
  readonly phone: string;
  /** The call in which it is asked. */
  readonly callId?: string;
}

interface Move extends Caller {
  readonly newStartsAt: string;
}

export interface Appointments {
  /** Free starts of a day, ISO with the business's offset. */
  checkAvailability(tx: OrgTx, query: AvailabilityQuery): Promise<Availability>;
  book(tx: OrgTx, booking: Booking): Promise<AppointmentOutcome>;
  /** Moves the caller's next appointment. */
  reschedule(tx: OrgTx, move: Move): Promise<AppointmentOutcome>;
  /** Cancels the caller's next appointment. */
  cancel(tx: OrgTx, caller: Caller): Promise<AppointmentOutcome>;
  /** What ties the deeds about one caller together. Undefined when the number cannot be read. */
  subjectOf(tx: OrgTx, caller: Caller): Promise<Buffer | undefined>;
}

const exclusionViolation = "23P01";
const badPhone = failed("phone: this cannot be read as a phone number. Ask for it again, digit by digit.");
const badTime = (field: string) => failed(`${field}: give date and time in ISO 8601, such as 2026-11-23T10:00.`);

interface AppointmentDeps {
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly emit: EmitWebhook;
}

export function createAppointments(deps: AppointmentDeps): Appointments {
  return new AppointmentBook(deps);
}

interface ToldDeed extends Interval {
  readonly orgId: string;
  readonly callId: string | undefined;
  readonly appointmentId: string;
}

class AppointmentBook implements Appointments {
  readonly #organizations: Organizations;
  readonly #clock: Clock;
  readonly #emit: EmitWebhook;

  constructor({ organizations, clock, emit }: AppointmentDeps) {
    this.#organizations = organizations;
    this.#clock = clock;
    this.#emit = emit;
  }

  async subjectOf(tx: OrgTx, { orgId, profile, phone }: Caller): Promise<Buffer | undefined> {
    const number = normalizePhone(phone, profile.country);
    if (number === undefined) return undefined;
    return keyedHash(deriveSecret(await this.#organizations.keyOf(tx, orgId), "appointment phone"), number);
  }

  async checkAvailability(tx: OrgTx, { profile, date, service }: AvailabilityQuery): Promise<Availability> {
    const found = findService(profile, service);
    if (found === undefined) return unknownService(profile);
    const day = parseLocalDate(profile, date);
    if (day === undefined) return failed("date: give the date as YYYY-MM-DD.");
    const slots = await slotsOn(tx, { profile, date: day, durationMs: found.durationMs, nowMs: this.#clock.wallNow() });
    return { ok: true, slots: slots.map((start) => localIso(profile, start)) };
  }

  async book(tx: OrgTx, booking: Booking): Promise<AppointmentOutcome> {
    const { orgId, profile } = booking;
    const service = findService(profile, booking.service);
    if (service === undefined) return unknownService(profile);
    const phoneHash = await this.subjectOf(tx, booking);
    if (phoneHash === undefined) return badPhone;
    const slot = slotAt(profile, booking.startsAt, service.durationMs);
    if (slot === undefined) return badTime("startsAt");
    const refusal = await refuse(tx, { profile, slot, nowMs: this.#clock.wallNow() });
    if (refusal !== undefined) return refusal;

    const id = newId("appt", this.#clock.wallNow());
    const key = newKey();
    const keyWrap = wrapKey(await this.#organizations.keyOf(tx, orgId), key, id);
    const { name, phone, note } = booking;
    const row = {
      ...{ id, orgId, phoneHash, keyWrap },
      callId: booking.callId,
      service: service.name,
      startsAt: new Date(slot.startMs),
      endsAt: new Date(slot.endMs),
      status: "active" as const,
      sealedDetails: seal(key, { orgId, owner: id, seq: "details" }, { name, phone, note }),
    };
    const isFree = await unlessTaken(tx, (inner) => inner.insert(appointments).values(row));
    if (isFree) {
      await this.#tell(tx, "booked", { orgId, callId: booking.callId, appointmentId: id, ...slot });
      return { ok: true, appointmentId: id, startsAt: localIso(profile, slot.startMs) };
    }
    const same = await findSame(tx, phoneHash, row.startsAt);
    if (same !== undefined) return { ok: true, appointmentId: same, startsAt: localIso(profile, slot.startMs) };
    return await taken(tx, { profile, slot, nowMs: this.#clock.wallNow() });
  }

  async reschedule(tx: OrgTx, { orgId, profile, phone, newStartsAt, callId }: Move): Promise<AppointmentOutcome> {
    const phoneHash = await this.subjectOf(tx, { orgId, profile, phone });
    if (phoneHash === undefined) return badPhone;
    const next = await nextOf(tx, phoneHash, this.#clock.wallNow());
    if (next === undefined) return noneFound;
    const slot = slotAt(profile, newStartsAt, next.endsAt.getTime() - next.startsAt.getTime());
    if (slot === undefined) return badTime("newStartsAt");
    const refusal = await refuse(tx, { profile, slot, nowMs: this.#clock.wallNow() });
    if (refusal !== undefined) return refusal;
    const change = {
      startsAt: new Date(slot.startMs),
      endsAt: new Date(slot.endMs),
      updatedAt: new Date(this.#clock.wallNow()),
    };
    const isFree = await unlessTaken(tx, (inner) =>
      inner.update(appointments).set(change).where(eq(appointments.id, next.id)),
    );
    if (!isFree) return await taken(tx, { profile, slot, nowMs: this.#clock.wallNow() });
    await this.#tell(tx, "rescheduled", { orgId, callId, appointmentId: next.id, ...slot });
    return { ok: true, appointmentId: next.id, startsAt: localIso(profile, slot.startMs) };
  }

  async cancel(tx: OrgTx, { orgId, profile, phone, callId }: Caller): Promise<AppointmentOutcome> {
    const phoneHash = await this.subjectOf(tx, { orgId, profile, phone });
    if (phoneHash === undefined) return badPhone;
    const next = await nextOf(tx, phoneHash, this.#clock.wallNow());
    if (next === undefined) return noneFound;
    await tx
      .update(appointments)
      .set({ status: "cancelled", updatedAt: new Date(this.#clock.wallNow()) })
      .where(eq(appointments.id, next.id));
    const slot = { startMs: next.startsAt.getTime(), endMs: next.endsAt.getTime() };
    await this.#tell(tx, "cancelled", { orgId, callId, appointmentId: next.id, ...slot });
    return { ok: true, appointmentId: next.id, startsAt: localIso(profile, slot.startMs) };
  }

  /** Last of a deed: it locks the order of the call's events. */
  async #tell(tx: OrgTx, deed: "booked" | "rescheduled" | "cancelled", about: ToldDeed): Promise<void> {
    const { orgId, callId, appointmentId, startMs, endMs } = about;
    await this.#emit(tx, {
      ...{ orgId, type: `appointment.${deed}`, subjectId: appointmentId },
      ...(callId === undefined ? {} : { callId }),
      facts: { startsAt: new Date(startMs).toISOString(), endsAt: new Date(endMs).toISOString() },
    });
  }
}

const noneFound = failed("There is no coming appointment under this phone number.");

const unknownService = (profile: BusinessProfile) =>
  failed(`service: we offer ${profile.services.map((service) => service.name).join(", ")}.`);

/** False when the database says the time is taken; the transaction goes on. */
async function unlessTaken(tx: OrgTx, write: (inner: OrgTx) => Promise<unknown>): Promise<boolean> {
  try {
    await tx.transaction((inner) => write(inner as OrgTx));
    return true;
  } catch (error) {
    if (sqlStateOf(error) === exclusionViolation) return false;
    throw error;
  }
}

async function nextOf(tx: OrgTx, phoneHash: Buffer, nowMs: number) {
  const [next] = await tx
    .select({ id: appointments.id, startsAt: appointments.startsAt, endsAt: appointments.endsAt })
    .from(appointments)
    .where(
      and(
        eq(appointments.status, "active"),
        eq(appointments.phoneHash, phoneHash),
        gt(appointments.endsAt, new Date(nowMs)),
      ),
    )
    .orderBy(asc(appointments.startsAt))
    .limit(1)
    .for("update");
  return next;
}

/** The caller has this very time already: another word for the same wish. */
async function findSame(tx: OrgTx, phoneHash: Buffer, startsAt: Date): Promise<string | undefined> {
  const [row] = await tx
    .select({ id: appointments.id })
    .from(appointments)
    .where(
      and(
        eq(appointments.status, "active"),
        eq(appointments.phoneHash, phoneHash),
        sql`${appointments.startsAt} = ${startsAt.toISOString()}::timestamptz`,
      ),
    );
  return row?.id;
}
