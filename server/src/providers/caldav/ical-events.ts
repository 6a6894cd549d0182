/** iCalendar files as events, recurring ones written out; and ours as files. Zones are IANA's where the name is one. */
import { createHash } from "node:crypto";
import ICAL from "ical.js";
import { DateTime, IANAZone } from "luxon";
import type { CalendarRange, ExternalEvent, NewEvent } from "../../features/calendars/calendar.port.ts";

const mark = "x-parley-appointment";
/** A rule that says "every second" ends here. */
const mostOccurrences = 3000;
/** Days, hours or seconds that one file's rules may have looked at: "daily, on the 30th of February" has no next one. */
const mostSteps = 20_000;

/** What the files of one answer may take together, in steps of rules. Counted down. */
export interface Effort {
  left: number;
}

let stepsLeft = 0;
const { prototype } = ICAL.RecurIterator;
const isWithinRules = prototype.check_contracting_rules;
// The library looks for the next occurrence until there is one, and holds up everything else meanwhile.
prototype.check_contracting_rules = function countStep(this: ICAL.RecurIterator): boolean {
  if (stepsLeft-- <= 0) throw new Error("a rule without an end");
  return isWithinRules.call(this);
};

export const uidOf = (appointmentId: string): string =>
  `parley-${createHash("sha256").update(appointmentId).digest("hex").slice(0, 40)}`;

/** Undefined: that is no calendar. */
export function parseFile(text: string): ICAL.Component | undefined {
  try {
    const component = new ICAL.Component(ICAL.parse(text) as never);
    return component.name === "vcalendar" ? component : undefined;
  } catch {
    return undefined;
  }
}

/** The wall clock's time in its zone, however the file describes that zone. */
function instantOf(time: ICAL.Time, tzid: string | undefined, homeZone: string): number {
  if (time.zone === ICAL.Timezone.utcTimezone) return time.toUnixTime() * 1000;
  const isIana = tzid !== undefined && IANAZone.isValidZone(tzid);
  const isFloating = time.zone === ICAL.Timezone.localTimezone || time.isDate;
  if (!isIana && !isFloating) return time.toUnixTime() * 1000;
  const { year, month, day, hour, minute, second } = time;
  const zone = isIana ? tzid : homeZone;
  return DateTime.fromObject({ year, month, day, hour, minute, second }, { zone }).toMillis();
}

interface Source {
  readonly href: string;
  readonly etag: string | undefined;
  readonly homeZone: string;
}

const tzidOf = (component: ICAL.Component): string | undefined => {
  const tzid = component.getFirstProperty("dtstart")?.getFirstParameter("tzid");
  return typeof tzid === "string" ? tzid : undefined;
};

const valueOf = (component: ICAL.Component, name: string): string | undefined => {
  const value: unknown = component.getFirstPropertyValue(name);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
};

function isBusy(component: ICAL.Component): boolean {
  const isTransparent = valueOf(component, "transp")?.toUpperCase() === "TRANSPARENT";
  return !isTransparent && valueOf(component, "status")?.toUpperCase() !== "CANCELLED";
}

/** An occurrence, with what an exception to its rule says of it. */
function toEvent(
  source: Source,
  at: { item: ICAL.Event; start: ICAL.Time; end: ICAL.Time; isOne: boolean },
): ExternalEvent {
  const { component } = at.item;
  const tzid = tzidOf(component);
  const startMs = instantOf(at.start, tzid, source.homeZone);
  const appointmentId = valueOf(component, mark);
  return {
    externalId: at.isOne ? source.href : `${source.href}#${startMs}`,
    startMs,
    endMs: Math.max(startMs, instantOf(at.end, tzid, source.homeZone)),
    isBusy: isBusy(component),
    ...(source.etag === undefined ? {} : { etag: source.etag }),
    ...(appointmentId === undefined ? {} : { appointmentId }),
  };
}

const touches = (event: ExternalEvent, range: CalendarRange) =>
  event.endMs > range.startMs && event.startMs < range.endMs;

const dayMs = 86_400_000;
/** An exception may have brought an occurrence forward by so much. */
const marginMs = 100 * dayMs;
const daysOf: Readonly<Record<string, number>> = { DAILY: 1, WEEKLY: 7 };

/** Years of a daily event are not counted one by one: its beginning is set so many whole intervals later. */
function skipAhead(master: ICAL.Event, { source, range }: { source: Source; range: CalendarRange }): void {
  const { component } = master;
  const rules = component.getAllProperties("rrule");
  const rule = rules[0]?.getFirstValue() as ICAL.Recur | undefined;
  const unit = daysOf[rule?.freq ?? ""];
  if (rule === undefined || rules.length > 1 || rule.count || unit === undefined) return;
  const startMs = instantOf(master.startDate, tzidOf(component), source.homeZone);
  const lengthMs = Math.max(0, instantOf(master.endDate, tzidOf(component), source.homeZone) - startMs);
  const step = unit * Math.max(1, rule.interval);
  const jumps = Math.floor((range.startMs - startMs - lengthMs - marginMs) / (step * dayMs));
  if (jumps < 1) return;
  for (const name of ["dtend", "dtstart"]) {
    const property = component.getFirstProperty(name);
    const time = (property?.getFirstValue() as ICAL.Time | null | undefined)?.clone();
    time?.adjust(jumps * step, 0, 0, 0);
    if (time) property?.setValue(time);
  }
}

function occurrencesOf(
  master: ICAL.Event,
  { source, range }: { source: Source; range: CalendarRange },
): ExternalEvent[] {
  const found: ExternalEvent[] = [];
  skipAhead(master, { source, range });
  const iterator = master.iterator();
  for (let seen = 0; seen < mostOccurrences; seen++) {
    const next = iterator.next() as ICAL.Time | null;
    if (!next) break;
    const { item, startDate, endDate } = master.getOccurrenceDetails(next);
    const event = toEvent(source, { item, start: startDate, end: endDate, isOne: false });
    // An exception may have been brought forward; a day is left for that, a rule goes on for ever.
    if (instantOf(next, tzidOf(master.component), source.homeZone) > range.endMs + dayMs) break;
    if (touches(event, range)) found.push(event);
  }
  return found;
}

function relate(master: ICAL.Event, exceptions: readonly ICAL.Event[]): void {
  for (const exception of exceptions) if (exception.uid === master.uid) master.relateException(exception);
}

interface Wanted {
  readonly source: Source;
  readonly range: CalendarRange;
  readonly effort?: Effort;
}

/** What of a file touches the range. A file that cannot be understood, or takes too long, holds nothing. */
export function eventsIn(text: string, { source, range, effort = { left: mostSteps } }: Wanted): ExternalEvent[] {
  const calendar = parseFile(text);
  if (calendar === undefined) return [];
  const allowed = Math.max(0, Math.min(mostSteps, effort.left));
  stepsLeft = allowed;
  try {
    const all = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
    const exceptions = all.filter((event) => event.isRecurrenceException());
    const masters = all.filter((event) => !event.isRecurrenceException());
    for (const master of masters) relate(master, exceptions);
    // An invitation to one occurrence alone has no rule beside it.
    const alone = exceptions.filter(({ uid }) => masters.every((master) => master.uid !== uid));
    return [...masters, ...alone].flatMap((event) => {
      if (event.isRecurring()) return occurrencesOf(event, { source, range });
      const isOne = all.length === 1;
      const found = toEvent(source, { item: event, start: event.startDate, end: event.endDate, isOne });
      return touches(found, range) ? [found] : [];
    });
  } catch {
    return [];
  } finally {
    effort.left -= allowed - Math.max(0, stepsLeft);
  }
}

const utc = (atMs: number) => ICAL.Time.fromJSDate(new Date(atMs), true);

/** Writes the wish into a file's event; what others put there stays. */
export function applyWish(calendar: ICAL.Component, event: NewEvent, nowMs: number): string {
  const component = calendar.getFirstSubcomponent("vevent") ?? new ICAL.Component("vevent");
  if (component.parent === null || component.parent === undefined) calendar.addSubcomponent(component);
  const sequence = Number(valueOf(component, "sequence") ?? -1) + 1;
  component.removeProperty("duration");
  component.removeProperty("dtstart");
  component.removeProperty("dtend");
  component.updatePropertyWithValue("uid", valueOf(component, "uid") ?? uidOf(event.appointmentId));
  component.updatePropertyWithValue("dtstamp", utc(nowMs));
  component.updatePropertyWithValue("dtstart", utc(event.startMs));
  component.updatePropertyWithValue("dtend", utc(event.endMs));
  component.updatePropertyWithValue("sequence", sequence);
  component.updatePropertyWithValue("summary", event.title);
  component.updatePropertyWithValue("description", event.description);
  component.updatePropertyWithValue("status", "CONFIRMED");
  component.updatePropertyWithValue("transp", "OPAQUE");
  if (event.location !== undefined) component.updatePropertyWithValue("location", event.location);
  component.updatePropertyWithValue(mark, event.appointmentId);
  return `${calendar.toString()}\r\n`;
}

export function emptyFile(): ICAL.Component {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Parley//EN");
  return calendar;
}
