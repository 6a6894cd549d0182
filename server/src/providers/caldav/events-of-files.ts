/** The events of a server's answer. Voices may be carried by the loop that reads it: it is read in slices, and not for ever. */
import { setImmediate } from "node:timers/promises";
import type { CalendarRange, ExternalEvent } from "../../features/calendars/calendar.port.ts";
import type { Clock } from "../../kernel/clock.ts";
import { unreadable } from "./dav-request.ts";
import { eventsIn } from "./ical-events.ts";

export interface CalendarFile {
  readonly href: string;
  readonly etag: string | undefined;
  readonly text: string;
}

interface Reading {
  readonly range: CalendarRange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** That the rules of one answer may take together. */
const mostSteps = 200_000;
const sliceMs = 8;

/** Throws ProviderError `protocol` for an answer that takes too long. */
export async function eventsOf(
  files: readonly CalendarFile[],
  { range, clock, signal }: Reading,
): Promise<ExternalEvent[]> {
  const effort = { left: mostSteps };
  const events: ExternalEvent[] = [];
  let sinceMs = clock.now();
  for (const { href, etag, text } of files) {
    for (const event of eventsIn(text, { source: { href, etag, homeZone: "UTC" }, range, effort })) events.push(event);
    if (effort.left <= 0) throw unreadable();
    if (clock.now() - sinceMs < sliceMs) continue;
    await setImmediate();
    signal.throwIfAborted();
    sinceMs = clock.now();
  }
  return events;
}
