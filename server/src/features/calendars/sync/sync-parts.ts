/** What keeping linked calendars in step is made of. */
import type { Clock } from "../../../kernel/clock.ts";
import type { LogLine } from "../../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../../platform/db/org-db.ts";
import type { Organizations } from "../../organizations/index.ts";
import type { CalendarProvider, ExternalEvent } from "../calendar.port.ts";
import type { CalendarSyncRow } from "./sync.tables.ts";

/** An appointment that stands there as far as is known here, and about which nothing is under way. */
export interface StandingAppointment {
  readonly id: string;
  readonly externalId: string;
  readonly externalEtag: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
}

/** Appointments, as they follow what a person does to their events. Each checks again that nothing was done here meanwhile. */
export interface FollowingAppointments {
  /** Coming ones of the calendar. */
  standing(tx: OrgTx, calendarId: string): Promise<readonly StandingAppointment[]>;
  moved(tx: OrgTx, before: StandingAppointment, event: ExternalEvent): Promise<void>;
  gone(tx: OrgTx, before: StandingAppointment): Promise<void>;
  /** Events that say they are ours, of appointments that were cancelled here: they are removed there. */
  strays(tx: OrgTx, appointmentIds: readonly string[]): Promise<void>;
}

export interface SyncParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly providerOf: (account: { orgId: string; connectionId: string }) => Promise<CalendarProvider>;
  readonly appointments: FollowingAppointments;
  /** Where vendors reach us; absent: they are asked, and tell nothing. */
  readonly publicUrl?: string;
}

export interface SyncedCalendar {
  readonly orgId: string;
  readonly calendarId: string;
}

export interface SyncWork extends SyncedCalendar {
  readonly row: CalendarSyncRow;
  readonly provider: CalendarProvider;
  readonly externalCalendarId: string;
  readonly signal: AbortSignal;
}
