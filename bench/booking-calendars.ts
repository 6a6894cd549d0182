/** The calendars that bookings are raced over: stand-ins of Google and Microsoft, a real Radicale, each failing on demand. */
import { startGoogle } from "../sandbox/src/google/start-google.ts";
import { startMicrosoft } from "../sandbox/src/microsoft/start-microsoft.ts";
import { hasRadicale, startRadicale } from "../sandbox/src/radicale/start-radicale.ts";
import type { CalendarProvider } from "../server/src/features/calendars/calendar.port.ts";
import { ProviderError } from "../server/src/kernel/app-error.ts";
import { systemClock } from "../server/src/kernel/clock.ts";
import { createGuardedFetch } from "../server/src/platform/net/guarded-fetch.ts";
import { createCaldavCalendar } from "../server/src/providers/caldav/calendar.ts";
import { createGoogleCalendar } from "../server/src/providers/google/calendar.ts";
import { createMicrosoftCalendar } from "../server/src/providers/microsoft/calendar.ts";
import { createProviderIo } from "../server/src/providers/provider-io.ts";

export interface RacedCalendar {
  readonly provider: CalendarProvider;
  readonly calendarId: string;
  close(): Promise<unknown>;
}

const io = createProviderIo(systemClock);

async function openGoogle(): Promise<RacedCalendar> {
  const google = await startGoogle();
  const [calendarId = ""] = google.calendars.calendarIds;
  const token = google.accounts.issueTokens(["https://www.googleapis.com/auth/calendar"]);
  const provider = createGoogleCalendar({ baseUrl: google.url, accessToken: async () => token }, io);
  return { provider, calendarId, close: google.close };
}

async function openMicrosoft(): Promise<RacedCalendar> {
  const microsoft = await startMicrosoft();
  const [calendarId = ""] = microsoft.events.calendarIds;
  const token = microsoft.accounts.issueTokens(["Calendars.ReadWrite"]);
  const provider = createMicrosoftCalendar({ baseUrl: microsoft.url, accessToken: async () => token }, io);
  return { provider, calendarId, close: microsoft.close };
}

async function openRadicale(): Promise<RacedCalendar> {
  const radicale = await startRadicale();
  const calendarId = await radicale.makeCalendar("work");
  const { username, password, url: baseUrl, close } = radicale;
  const fetch = createGuardedFetch({ allowPrivate: false, allowLoopback: true });
  const provider = createCaldavCalendar({ baseUrl, basic: { username, password } }, { clock: systemClock, fetch });
  return { provider, calendarId, close };
}

/** Undefined: there is none to be linked to. */
export const racedCalendars: readonly {
  readonly name: string;
  readonly open: (() => Promise<RacedCalendar>) | undefined;
}[] = [
  { name: "built-in", open: undefined },
  { name: "Google (stand-in)", open: openGoogle },
  { name: "Microsoft 365 (stand-in)", open: openMicrosoft },
  ...(hasRadicale() ? [{ name: "CalDAV (Radicale)", open: openRadicale }] : []),
];

type Question = "listEvents" | "createEvent" | "findEvent";

export interface Faults {
  /** Each question of the kind fails so: before anything is done, or after it was done. For so many times. */
  readonly [question: string]: { readonly when: "before" | "after"; times: number; since?: Question } | undefined;
}

/** The same calendar, over a line that fails as told. */
export function overFaultyLine(provider: CalendarProvider, faults: Faults): CalendarProvider {
  const asked = new Set<string>();
  const lost = () =>
    new ProviderError("the line broke", { provider: provider.vendor, category: "network", permanent: false });
  return new Proxy(provider, {
    get(target, question) {
      const method: unknown = Reflect.get(target, question);
      if (typeof method !== "function" || typeof question !== "string") return method;
      return async (...given: unknown[]): Promise<unknown> => {
        const fault = faults[question];
        const strikes = fault !== undefined && fault.times > 0 && (fault.since === undefined || asked.has(fault.since));
        asked.add(question);
        if (strikes) fault.times--;
        if (strikes && fault.when === "before") throw lost();
        const answer: unknown = await Reflect.apply(method, target, given);
        if (strikes) throw lost();
        return answer;
      };
    },
  });
}
