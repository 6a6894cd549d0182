/** Outlook's events in memory: transactions that are known again, etags, what changed since a token. Overlaps are never refused. */
import { randomBytes } from "node:crypto";
import { MicrosoftRefusal } from "./oauth.ts";

type Moment = { dateTime: string; timeZone: string };
type Property = { id: string; value: string };
export type GraphEvent = {
  id: string;
  calendarId: string;
  subject?: string;
  start: Moment;
  end: Moment;
  showAs?: string;
  isCancelled?: boolean;
  transactionId?: string;
  singleValueExtendedProperties?: Property[];
};
type Held = { readonly event: GraphEvent; readonly version: number; readonly isDeleted: boolean };

export const refusal = (status: number, code: string, message: string, more: object = {}) =>
  new MicrosoftRefusal(status, {
    error: { code, message, innerError: { date: new Date().toISOString(), "request-id": "sandbox" }, ...more },
  });

/** A stand-in knows UTC and zones of IANA. */
function momentMs({ dateTime, timeZone }: Moment): number {
  const asUtc = Date.parse(`${dateTime.replace(/(\.\d{3})\d+$/, "$1").replace(/Z$/, "")}Z`);
  if (timeZone === "UTC") return asUtc;
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  const there = Date.parse(`${parts.format(asUtc).replace(" ", "T")}Z`);
  return asUtc - (there - asUtc);
}

const inUtc = (atMs: number): Moment => ({
  dateTime: `${new Date(atMs).toISOString().replace("Z", "")}0000`,
  timeZone: "UTC",
});

export const rangeOf = (event: GraphEvent) => ({ startMs: momentMs(event.start), endMs: momentMs(event.end) });

export function createGraphEvents(calendarIds: readonly string[], onChange: (calendarId: string, id: string) => void) {
  const events = new Map<string, Held>();
  let version = 0;
  let forgottenBefore = 0;
  let duplicateStatus: 400 | 409 = 409;
  let tellsExisting = true;

  const put = (event: GraphEvent, isDeleted = false) => {
    version++;
    events.set(event.id, { event, version, isDeleted });
    onChange(event.calendarId, event.id);
    return shown(event, version);
  };
  const shown = ({ calendarId: _, ...event }: GraphEvent, at: number) => {
    const { startMs, endMs } = rangeOf({ ...event, calendarId: "" });
    const times = { start: inUtc(startMs), end: inUtc(endMs) };
    return { "@odata.etag": `W/"${at}"`, changeKey: String(at), type: "singleInstance", ...event, ...times };
  };
  const requireCalendar = (id: string) => {
    if (!calendarIds.includes(id)) throw refusal(404, "ErrorItemNotFound", "The specified object was not found.");
  };
  const held = (id: string): Held => {
    const found = events.get(id);
    if (found === undefined || found.isDeleted)
      throw refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.");
    return found;
  };
  const requireMatch = ({ version: at }: Held, ifMatch: string | undefined) => {
    if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== `W/"${at}"`)
      throw refusal(412, "ErrorIrresolvableConflict", "The send or update operation could not be performed.");
  };
  const requireTimes = (event: Pick<GraphEvent, "start" | "end">) => {
    if (!event.start?.dateTime || !event.end?.dateTime)
      throw refusal(400, "ErrorPropertyValidationFailure", "At least one property failed validation.");
    if (momentMs(event.start) > momentMs(event.end))
      throw refusal(400, "ErrorInvalidRequest", "The start of the event is after its end.");
  };
  const inWindow = (event: GraphEvent, query: URLSearchParams) => {
    const from = Date.parse(query.get("startDateTime") ?? "");
    const to = Date.parse(query.get("endDateTime") ?? "");
    if (Number.isNaN(from) || Number.isNaN(to))
      throw refusal(400, "ErrorInvalidParameter", "This request requires a time window.");
    const { startMs, endMs } = rangeOf(event);
    return endMs > from && startMs < to;
  };

  return {
    calendarIds,
    /** A repeated transaction is refused with either status, and not always told which event it was. */
    setDuplicates(status: 400 | 409, tells: boolean) {
      duplicateStatus = status;
      tellsExisting = tells;
    },
    forgetDeltaTokens() {
      version++;
      forgottenBefore = version;
    },
    create(calendarId: string, given: Partial<GraphEvent>) {
      requireCalendar(calendarId);
      requireTimes(given as GraphEvent);
      const { transactionId } = given;
      const same = [...events.values()].find(({ event }) => transactionId && event.transactionId === transactionId);
      if (same !== undefined) {
        const message = "The TransactionId specified in the request has already been used to create a different event.";
        const more = tellsExisting ? { "@event.existingEventId": same.event.id } : {};
        throw refusal(duplicateStatus, "ErrorDuplicateTransactionId", message, more);
      }
      const id = `AAMk${randomBytes(30).toString("base64url")}`;
      return put({ showAs: "busy", isCancelled: false, ...given, id, calendarId } as GraphEvent);
    },
    get: (id: string) => shown(held(id).event, held(id).version),
    update(id: string, { change, ifMatch }: { change: Partial<GraphEvent>; ifMatch?: string | undefined }) {
      const before = held(id);
      requireMatch(before, ifMatch);
      const after = { ...before.event, ...change, id };
      requireTimes(after);
      return put(after);
    },
    remove(id: string, ifMatch?: string) {
      const before = held(id);
      requireMatch(before, ifMatch);
      put(before.event, true);
    },
    view(calendarId: string, query: URLSearchParams) {
      requireCalendar(calendarId);
      return [...events.values()]
        .filter(({ event, isDeleted }) => !isDeleted && event.calendarId === calendarId && inWindow(event, query))
        .map(({ event, version: at }) => shown(event, at));
    },
    /** `$filter` by one extended property, as the sheet's clients ask it. */
    filter(calendarId: string, filter: string) {
      requireCalendar(calendarId);
      const wanted = /ep\/id eq '([^']+)' and ep\/value eq '((?:[^']|'')*)'/.exec(filter);
      if (filter !== "" && wanted === null) throw refusal(400, "ErrorInvalidUrlQueryFilter", "The filter is invalid.");
      const [, id = "", value = ""] = wanted ?? [];
      const matches = ({ singleValueExtendedProperties: held = [] }: GraphEvent) =>
        filter === "" || held.some((one) => one.id === id && one.value === value.replaceAll("''", "'"));
      return [...events.values()]
        .filter(({ event, isDeleted }) => !isDeleted && event.calendarId === calendarId && matches(event))
        .map(({ event, version: at }) => shown(event, at));
    },
    delta(calendarId: string, query: URLSearchParams) {
      requireCalendar(calendarId);
      const token = query.get("$deltatoken");
      const since = token === null ? 0 : Number(token.split(".")[0]);
      if (token !== null && since < forgottenBefore)
        throw refusal(410, "SyncStateNotFound", "The sync state was not found.");
      const [from = "", to = ""] = (token ?? "")
        .split(".")
        .slice(1)
        .map((part) => new Date(Number(part)).toISOString());
      const window = token === null ? query : new URLSearchParams({ startDateTime: from, endDateTime: to });
      const items = [...events.values()]
        .filter(({ event, version: at }) => event.calendarId === calendarId && at > since)
        .filter(({ event, isDeleted }) => (token === null ? !isDeleted : true) && inWindow(event, window))
        .map(({ event, version: at, isDeleted }) =>
          isDeleted ? { id: event.id, "@removed": { reason: "deleted" } } : withoutMark(shown(event, at)),
        );
      const ends = [window.get("startDateTime"), window.get("endDateTime")].map((text) => Date.parse(text ?? ""));
      return { items, token: [version, ...ends].join(".") };
    },
  };
}

/** A delta never tells extended properties. */
function withoutMark<T extends { singleValueExtendedProperties?: unknown }>(event: T) {
  const { singleValueExtendedProperties: _, ...rest } = event;
  return rest;
}

export type GraphEvents = ReturnType<typeof createGraphEvents>;
