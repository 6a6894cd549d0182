/** Calendars as other features read them, in their own transaction. */
import type { CalendarLink, CalendarSettings } from "@parley/contract/calendars";
import { asc, eq } from "drizzle-orm";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type CalendarRow, calendars } from "./calendars.table.ts";

export interface KnownCalendar {
  readonly id: string;
  readonly kind: "business" | "person" | "room";
  readonly name: string;
  readonly settings: CalendarSettings;
  readonly link: CalendarLink | undefined;
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A foreign calendar's id is often somebody's e-mail address. */
interface CalendarDetails {
  readonly name: string;
  readonly externalCalendarId?: string;
}

const placeOf = (orgId: string, id: string) => ({ orgId, owner: id, seq: "details" });

export function openCalendar(orgKey: Buffer, row: CalendarRow): KnownCalendar {
  const { id, orgId, kind, settings, connectionId, isActive, createdAt, updatedAt } = row;
  const details = open(unwrapKey(orgKey, row.keyWrap, id), placeOf(orgId, id), row.sealedDetails) as CalendarDetails;
  const { name, externalCalendarId } = details;
  const link =
    connectionId === null || externalCalendarId === undefined ? undefined : { connectionId, externalCalendarId };
  return { id, kind, name, settings, link, isActive, createdAt, updatedAt };
}

type Sealable = Pick<KnownCalendar, "id" | "name" | "link"> & { readonly orgId: string };

/** Under a key of its own; `keyWrap` of the row that is there already. */
export function sealCalendar(orgKey: Buffer, { id, orgId, name, link }: Sealable, keyWrap?: Buffer) {
  const key = keyWrap === undefined ? newKey() : unwrapKey(orgKey, keyWrap, id);
  const details: CalendarDetails = { name, ...(link && { externalCalendarId: link.externalCalendarId }) };
  return {
    keyWrap: keyWrap ?? wrapKey(orgKey, key, id),
    sealedDetails: seal(key, placeOf(orgId, id), details),
    connectionId: link?.connectionId ?? null,
  };
}

/** All of the organisation's, oldest first. */
export async function readCalendars(tx: OrgTx, orgKey: Buffer): Promise<KnownCalendar[]> {
  const rows = await tx.select().from(calendars).orderBy(asc(calendars.createdAt), asc(calendars.id));
  return rows.map((row) => openCalendar(orgKey, row));
}

export async function readCalendar(tx: OrgTx, orgKey: Buffer, id: string): Promise<KnownCalendar | undefined> {
  const [row] = await tx.select().from(calendars).where(eq(calendars.id, id));
  return row && openCalendar(orgKey, row);
}
