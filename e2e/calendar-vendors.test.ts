/** Every calendar adapter against its vendor: the stand-ins of Google and Microsoft, and a real Radicale. No platform runs here. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeedFault } from "../sandbox/src/control/deed-faults.ts";
import { startGoogle } from "../sandbox/src/google/start-google.ts";
import { startMicrosoft } from "../sandbox/src/microsoft/start-microsoft.ts";
import { hasRadicale, startRadicale } from "../sandbox/src/radicale/start-radicale.ts";
import type { CalendarProvider, CalendarRange, NewEvent } from "../server/src/features/calendars/calendar.port.ts";
import { systemClock } from "../server/src/kernel/clock.ts";
import { createGuardedFetch, OutboundError } from "../server/src/platform/net/guarded-fetch.ts";
import { createCaldavCalendar } from "../server/src/providers/caldav/calendar.ts";
import type { DavFetch } from "../server/src/providers/caldav/dav-request.ts";
import { createGoogleCalendar } from "../server/src/providers/google/calendar.ts";
import { createMicrosoftCalendar } from "../server/src/providers/microsoft/calendar.ts";
import { createProviderIo } from "../server/src/providers/provider-io.ts";

const io = createProviderIo(systemClock);
const never = new AbortController().signal;
const hourMs = 3_600_000;
/** A full hour some days ahead. */
const baseMs = Math.ceil(Date.now() / hourMs) * hourMs + 72 * hourMs;

interface Scene {
  readonly provider: CalendarProvider;
  readonly calendarId: string;
  /** What a person does in the calendar itself. */
  readonly person: {
    add(range: CalendarRange, isFree?: boolean): Promise<string>;
    move(externalId: string, range: CalendarRange): Promise<void>;
    remove(externalId: string): Promise<void>;
  };
  setFaults(faults: readonly DeedFault[]): void;
  /** The vendor takes no token, or no password, of ours any more. */
  revoke(): Promise<void> | void;
  /** The cursors given so far are forgotten; undefined where there are none to forget. */
  forgetCursors?(): void;
  close(): Promise<void>;
}

const iso = (atMs: number) => new Date(atMs).toISOString();

async function googleScene(): Promise<Scene> {
  const google = await startGoogle({ pageSize: 3 });
  const [calendarId = ""] = google.calendars.calendarIds;
  let token = google.accounts.issueTokens(["https://www.googleapis.com/auth/calendar"]);
  const accessToken = async (_: AbortSignal, refused?: string) => {
    if (refused === token) token = google.accounts.issueTokens(["https://www.googleapis.com/auth/calendar"]);
    return token;
  };
  let isRevoked = false;
  const access = {
    baseUrl: google.url,
    accessToken: async (signal: AbortSignal, refused?: string) => (isRevoked ? token : accessToken(signal, refused)),
  };
  const times = ({ startMs, endMs }: CalendarRange) => ({
    start: { dateTime: iso(startMs) },
    end: { dateTime: iso(endMs) },
  });
  return {
    ...{ provider: createGoogleCalendar(access, io), calendarId, setFaults: google.setFaults, close: google.close },
    person: {
      add: async (range, isFree) =>
        google.calendars.insert(calendarId, { ...times(range), ...(isFree ? { transparency: "transparent" } : {}) }).id,
      move: async (id, range) => void google.calendars.patch(calendarId, id, { change: times(range) }),
      remove: async (id) => google.calendars.remove(calendarId, id),
    },
    revoke() {
      isRevoked = true;
      google.accounts.revokeAll();
    },
    forgetCursors: () => google.calendars.forgetSyncTokens(),
  };
}

async function microsoftScene(): Promise<Scene> {
  const microsoft = await startMicrosoft({ pageSize: 3 });
  const [calendarId = ""] = microsoft.events.calendarIds;
  const token = microsoft.accounts.issueTokens(["Calendars.ReadWrite"]);
  const access = { baseUrl: microsoft.url, accessToken: async () => token };
  const moment = (atMs: number) => ({ dateTime: iso(atMs).slice(0, 19), timeZone: "UTC" });
  const times = ({ startMs, endMs }: CalendarRange) => ({ start: moment(startMs), end: moment(endMs) });
  return {
    ...{
      provider: createMicrosoftCalendar(access, io),
      calendarId,
      setFaults: microsoft.setFaults,
      close: microsoft.close,
    },
    person: {
      add: async (range, isFree) =>
        microsoft.events.create(calendarId, { ...times(range), showAs: isFree ? "free" : "busy" }).id,
      move: async (id, range) => void microsoft.events.update(id, { change: times(range) }),
      remove: async (id) => microsoft.events.remove(id),
    },
    revoke: () => microsoft.accounts.revokeAll(),
    forgetCursors: () => microsoft.events.forgetDeltaTokens(),
  };
}

const ics = (uid: string, lines: readonly string[]) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260101T000000Z"]
    .concat(lines, ["END:VEVENT", "END:VCALENDAR", ""])
    .join("\r\n");
const stamp = (atMs: number) => iso(atMs).replace(/[-:]|\.\d+/g, "");
const guarded = createGuardedFetch({ allowPrivate: false, allowLoopback: true });

async function caldavScene(): Promise<Scene & { put(name: string, lines: readonly string[]): Promise<void> }> {
  const radicale = await startRadicale();
  const calendarId = await radicale.makeCalendar("work");
  let faults: { fault: DeedFault; left: number }[] = [];
  const take = (when: string, method: string) => {
    const asked = method === "PUT" ? "POST" : method;
    const found = faults.find(
      ({ fault, left }) => left > 0 && fault.when === when && (fault.method ?? asked) === asked,
    );
    if (found) found.left--;
    return found?.fault;
  };
  const strike = async ({ how, retryAfterSeconds }: DeedFault, signal: AbortSignal, url: string) => {
    if (how === "cut") throw new OutboundError("network");
    if (how === "hang") await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    return { status: Number(how), headers, body: Buffer.alloc(0), url };
  };
  // The server is real; the line to it breaks on demand.
  const fetch: DavFetch = async (url, request) => {
    const before = take("before", request.method);
    if (before) return await strike(before, request.signal, url);
    const answer = await guarded(url, request as Parameters<typeof guarded>[1]);
    const after = take("after", request.method);
    return after ? await strike(after, request.signal, url) : answer;
  };
  const basic = { username: radicale.username, password: radicale.password };
  const put = async (name: string, lines: readonly string[]) => {
    const body = ics(name, lines);
    const answer = await radicale.ask("PUT", `${calendarId}${name}.ics`, body);
    if (answer.status > 299) throw new Error(`radicale answered PUT with ${answer.status}`);
  };
  const times = ({ startMs, endMs }: CalendarRange) => [`DTSTART:${stamp(startMs)}`, `DTEND:${stamp(endMs)}`];
  let people = 0;
  const provider = createCaldavCalendar({ baseUrl: radicale.url, basic }, { clock: systemClock, fetch });
  return {
    ...{ provider, calendarId, put },
    person: {
      async add(range, isFree) {
        const name = `person-${people++}`;
        await put(name, [...times(range), ...(isFree ? ["TRANSP:TRANSPARENT"] : [])]);
        return `${calendarId}${name}.ics`;
      },
      async move(id, range) {
        const there = await (await radicale.ask("GET", id)).text();
        const moved = there.replace(/DTSTART:\S+/, times(range)[0] ?? "").replace(/DTEND:\S+/, times(range)[1] ?? "");
        await radicale.ask("PUT", id, moved);
      },
      remove: async (id) => void (await radicale.ask("DELETE", id)),
    },
    setFaults(given) {
      faults = given.map((fault) => ({ fault, left: fault.times ?? 1 }));
    },
    revoke() {
      basic.password = "wrong";
    },
    close: radicale.close,
  };
}

const wish = (appointmentId: string, hour: number): NewEvent => ({
  ...{ appointmentId, startMs: baseMs + hour * hourMs, endMs: baseMs + hour * hourMs + hourMs / 2 },
  ...{ timeZone: "Africa/Cairo", title: "Check-up: Mona", description: "Booked by phone; bring, please, the card" },
});
const around = ({ startMs, endMs }: CalendarRange) => ({ startMs: startMs - 1, endMs: endMs + 1 });

const vendors = [
  { name: "google", open: googleScene, isThere: true },
  { name: "microsoft", open: microsoftScene, isThere: true },
  { name: "caldav (Debian package radicale)", open: caldavScene, isThere: hasRadicale() },
] as const;

for (const { name, open, isThere } of vendors) {
  describe.skipIf(!isThere)(name, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await open();
    });
    afterAll(() => scene?.close());

    test("lists the account's calendars", async () => {
      const found = await scene.provider.listCalendars(never);
      expect(found).toMatchObject([{ id: scene.calendarId, canWrite: true }]);
    });

    test("writes an event once, however often it is asked, and finds it again", async () => {
      const { provider, calendarId } = scene;
      const event = wish("appt_once", 0);
      const made = await provider.createEvent(calendarId, event, never);
      expect(made).toMatchObject({ startMs: event.startMs, endMs: event.endMs, isBusy: true });
      const again = await provider.createEvent(calendarId, event, never);
      expect(again.externalId).toBe(made.externalId);
      const listed = await provider.listEvents(calendarId, around(event), never);
      expect(listed).toHaveLength(1);
      expect(listed[0]).toMatchObject({
        externalId: made.externalId,
        appointmentId: "appt_once",
        startMs: event.startMs,
      });
      expect(await provider.findEvent(calendarId, "appt_once", never)).toMatchObject({ externalId: made.externalId });
      expect(await provider.findEvent(calendarId, "appt_never", never)).toBeUndefined();
    });

    test("moves what nobody has changed, and refuses with 412 what somebody has", async () => {
      const { provider, calendarId, person } = scene;
      const made = await provider.createEvent(calendarId, wish("appt_move", 2), never);
      const at = (hour: number, etag: string | undefined) => ({
        ...{ ...wish("appt_move", hour), externalId: made.externalId },
        ...(etag === undefined ? {} : { etag }),
      });
      const moved = await provider.moveEvent(calendarId, at(3, made.etag), never);
      expect(moved.startMs).toBe(wish("", 3).startMs);
      expect(moved.etag).not.toBe(made.etag);
      await person.move(made.externalId, { startMs: baseMs + 4 * hourMs, endMs: baseMs + 5 * hourMs });
      await expect(provider.moveEvent(calendarId, at(5, moved.etag), never)).rejects.toMatchObject({
        ...{ status: 412, category: "bad-request" },
      });
      expect(await provider.findEvent(calendarId, "appt_move", never)).toMatchObject({ startMs: baseMs + 4 * hourMs });
    });

    test("removes an event, twice if need be; one that is gone is not moved; and it can be written again", async () => {
      const { provider, calendarId, person } = scene;
      const event = wish("appt_gone", 6);
      const { externalId } = await provider.createEvent(calendarId, event, never);
      const of = { externalId, appointmentId: "appt_gone" };
      await provider.removeEvent(calendarId, of, never);
      await provider.removeEvent(calendarId, of, never);
      expect(await provider.findEvent(calendarId, "appt_gone", never)).toBeUndefined();
      expect(await provider.listEvents(calendarId, around(event), never)).toEqual([]);
      const other = await provider.createEvent(calendarId, wish("appt_lost", 7), never);
      await person.remove(other.externalId);
      if (name !== "google") {
        const move = { ...wish("appt_lost", 8), externalId: other.externalId };
        await expect(provider.moveEvent(calendarId, move, never)).rejects.toMatchObject({ status: 404 });
      }
      await provider.createEvent(calendarId, event, never);
      expect(await provider.findEvent(calendarId, "appt_gone", never)).toMatchObject({ startMs: event.startMs });
      await provider.removeEvent(
        calendarId,
        { ...of, externalId: (await provider.findEvent(calendarId, "appt_gone", never))?.externalId ?? "" },
        never,
      );
    });

    test("tells whose time is busy with what is not ours, and whose is marked as free", async () => {
      const { provider, calendarId, person } = scene;
      const range = { startMs: baseMs + 10 * hourMs, endMs: baseMs + 11 * hourMs };
      await person.add(range);
      await person.add(range, true);
      const found = await provider.listEvents(calendarId, around(range), never);
      expect(found.filter(({ isBusy }) => isBusy)).toHaveLength(1);
      expect(found).toHaveLength(2);
      expect(found.every(({ appointmentId }) => appointmentId === undefined)).toBe(true);
      expect(await provider.listEvents(calendarId, { startMs: range.endMs, endMs: range.endMs + 1 }, never)).toEqual(
        [],
      );
    });

    test("tells what has changed since, over many pages, and everything when it has forgotten", async () => {
      const { provider, calendarId, person } = scene;
      const ours = await provider.createEvent(calendarId, wish("appt_sync", 20), never);
      const theirs = await person.add({ startMs: baseMs + 21 * hourMs, endMs: baseMs + 22 * hourMs });
      const first = await provider.changesSince(calendarId, undefined, never);
      expect(first.isComplete).toBe(true);
      expect(first.changed.length).toBeGreaterThan(3);
      expect(first.changed.find(({ externalId }) => externalId === ours.externalId)?.appointmentId).toBe("appt_sync");
      const quiet = await provider.changesSince(calendarId, first.cursor, never);
      expect(quiet).toMatchObject({ changed: [], removed: [], isComplete: false });
      await person.move(ours.externalId, { startMs: baseMs + 23 * hourMs, endMs: baseMs + 24 * hourMs });
      await person.remove(theirs);
      const next = await provider.changesSince(calendarId, quiet.cursor, never);
      const moved = next.changed.find(({ externalId }) => externalId === ours.externalId);
      expect(moved).toMatchObject({ appointmentId: "appt_sync", startMs: baseMs + 23 * hourMs });
      const isRemoved = next.isComplete
        ? next.changed.every(({ externalId }) => externalId !== theirs)
        : next.removed.some(({ externalId }) => externalId === theirs);
      expect(isRemoved).toBe(true);
      expect(await provider.changesSince(calendarId, next.cursor, never)).toMatchObject({ changed: [], removed: [] });
      scene.forgetCursors?.();
      if (scene.forgetCursors) {
        expect(await provider.changesSince(calendarId, next.cursor, never)).toMatchObject({ isComplete: true });
      }
      expect(await provider.changesSince(calendarId, "nonsense", never)).toMatchObject({ isComplete: true });
    });

    test.each([
      ["before", "cut", "network"],
      ["after", "cut", "network"],
      ["before", 503, "overloaded"],
      ["after", 500, "overloaded"],
    ] as const)(
      "a write that breaks %s it was done (%s) is told as broken, and a second one makes one event",
      async (when, how, category) => {
        const { provider, calendarId } = scene;
        const id = `appt_${when}_${how}`;
        const event = wish(id, 30 + (when === "before" ? 0 : 2) + (how === "cut" ? 0 : 1));
        scene.setFaults([{ when, how, method: "POST" }]);
        await expect(provider.createEvent(calendarId, event, never)).rejects.toMatchObject({
          category,
          permanent: false,
        });
        const there = await provider.findEvent(calendarId, id, never);
        expect(there !== undefined).toBe(when === "after");
        await provider.createEvent(calendarId, event, never);
        expect(await provider.listEvents(calendarId, around(event), never)).toHaveLength(1);
      },
    );

    test("is left alone as long as it asks: a short pause is waited for, a long one is told", async () => {
      const { provider, calendarId } = scene;
      scene.setFaults([{ when: "before", how: 429, retryAfterSeconds: 60, times: 1 }]);
      await expect(provider.listEvents(calendarId, around(wish("", 0)), never)).rejects.toMatchObject({
        ...{ category: "rate-limit", retryAfterMs: 60_000 },
      });
    });

    test("that hangs is given up when the caller gives up", async () => {
      const { provider, calendarId } = scene;
      scene.setFaults([{ when: "before", how: "hang", method: "POST" }]);
      const stop = AbortSignal.timeout(50);
      await expect(provider.createEvent(calendarId, wish("appt_hung", 40), stop)).rejects.toThrow();
      scene.setFaults([]);
      expect(await provider.findEvent(calendarId, "appt_hung", never)).toBeUndefined();
    });

    test("whose consent is withdrawn, or whose password is changed, fails for good", async () => {
      await scene.revoke();
      await expect(scene.provider.listCalendars(never)).rejects.toMatchObject({ category: "auth", permanent: true });
    });
  });
}
