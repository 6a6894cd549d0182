/**
 * Somebody else's calendar: Google, Microsoft 365, CalDAV. Times are Unix milliseconds, ends are exclusive. None of them refuses an
 * overlap, so ours is the lock: hold in our database, look there, write there, look there again. Failures are ProviderErrors; after
 * `timeout` or `network` nobody knows whether a write was done, and `findEvent` tells.
 */

export interface CalendarRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface ExternalEvent extends CalendarRange {
  /** The vendor's id, or the path on a CalDAV server. */
  readonly externalId: string;
  readonly etag?: string;
  /** Set when the event was written by us; survives being moved by a person there. */
  readonly appointmentId?: string;
  /** False: marked as free, or cancelled. */
  readonly isBusy: boolean;
}

export interface NewEvent extends CalendarRange {
  /** Makes the write idempotent: the event's id there is derived from it. */
  readonly appointmentId: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly title: string;
  readonly description: string;
  readonly location?: string;
}

export interface ForeignCalendar {
  readonly id: string;
  readonly name: string;
  readonly timeZone?: string;
  readonly isPrimary: boolean;
  readonly canWrite: boolean;
}

export interface CalendarChanges {
  readonly changed: readonly ExternalEvent[];
  /** Gone or cancelled. */
  readonly removed: readonly { readonly externalId: string; readonly appointmentId?: string }[];
  /** For the next question. */
  readonly cursor: string;
  /** True: the old cursor was no longer known, and `changed` is everything in the coming year. */
  readonly isComplete: boolean;
}

export interface CalendarProvider {
  readonly vendor: "google" | "microsoft" | "caldav";
  listCalendars(signal: AbortSignal): Promise<readonly ForeignCalendar[]>;
  /** Every event that touches the range, recurring ones written out. */
  listEvents(calendarId: string, range: CalendarRange, signal: AbortSignal): Promise<readonly ExternalEvent[]>;
  /** Writes it, or finds that it stands there already as wished. */
  createEvent(calendarId: string, event: NewEvent, signal: AbortSignal): Promise<ExternalEvent>;
  /** Throws ProviderError `bad-request` with status 412 when it was changed there since `etag`, 404 when it is gone. */
  moveEvent(
    calendarId: string,
    event: NewEvent & { readonly externalId: string; readonly etag?: string },
    signal: AbortSignal,
  ): Promise<ExternalEvent>;
  /** One that is gone already counts as removed. */
  removeEvent(
    calendarId: string,
    event: { externalId: string; appointmentId: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Undefined: it does not stand there. */
  findEvent(calendarId: string, appointmentId: string, signal: AbortSignal): Promise<ExternalEvent | undefined>;
  /** Without a cursor: everything in the coming year, and where to go on from. */
  changesSince(calendarId: string, cursor: string | undefined, signal: AbortSignal): Promise<CalendarChanges>;
  /** Asks to be told of changes at `address`; absent where the vendor offers none. */
  watch?(
    calendarId: string,
    to: { address: string; token: string },
    signal: AbortSignal,
  ): Promise<{ channelId: string; expiresAtMs: number }>;
}

/** What a connection's account is spoken to with; the token is fresh when it is asked for. */
export interface CalendarAccess {
  /**
   * OAuth vendors: throws ProviderError `auth`, permanent, when the owner must consent again. `refused` is a token the vendor would
   * not take before its time: another one is got.
   */
  accessToken?(signal: AbortSignal, refused?: string): Promise<string>;
  readonly basic?: { readonly username: string; readonly password: string };
  /** Origin or, for CalDAV, the server's address. */
  readonly baseUrl: string;
}
