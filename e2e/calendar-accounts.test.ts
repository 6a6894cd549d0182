/** Consent, tokens and linked calendars on a real database, against the vendors' stand-ins and a real Radicale. No platform runs here. */
import { afterEach, describe, expect, test } from "vitest";
import { startGoogle } from "../sandbox/src/google/start-google.ts";
import { startMicrosoft } from "../sandbox/src/microsoft/start-microsoft.ts";
import { hasRadicale, startRadicale } from "../sandbox/src/radicale/start-radicale.ts";
import { composeEmit } from "../server/src/compose/emit-event.ts";
import { createCalendarProbe, openOauth } from "../server/src/compose/oauth.ts";
import { clock } from "../server/src/compose/stores.ts";
import { readConfig } from "../server/src/config.ts";
import { createFollowingAppointments } from "../server/src/features/appointments/index.ts";
import { createAuditLog } from "../server/src/features/audit/index.ts";
import {
  busyOutside,
  canWriteThere,
  createCalendars,
  followLink,
  isLinked,
  mountCalendarPushRoutes,
  syncCalendar,
} from "../server/src/features/calendars/index.ts";
import { createConnections, createFailureNotice } from "../server/src/features/connections/index.ts";
import { createOrganizations } from "../server/src/features/organizations/index.ts";
import { newKey } from "../server/src/platform/crypto/envelope.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createJobSender } from "../server/src/platform/queue/job-sender.ts";
import { testDatabase } from "../server/src/testing/test-database.ts";

const orgId = "org_one";
const userId = "usr_owner";
const never = new AbortController().signal;
const doing = { orgId, actor: { kind: "user", id: userId } as const, signal: never };
const redirectUri = "http://localhost:3000/api/v1/connections/oauth/callback";
const hourMs = 3_600_000;
const baseMs = Math.ceil(Date.now() / hourMs) * hourMs + 72 * hourMs;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openDesk() {
  const google = await startGoogle();
  const microsoft = await startMicrosoft();
  const database = await testDatabase();
  closers.push(google.close, microsoft.close, () => database[Symbol.asyncDispose]());
  const db = database.orgDb;
  const masterKey = newKey();
  const organizations = createOrganizations({ db, masterKey });
  await organizations.ensure({ orgId, name: "One" });
  await organizations.ensure({ orgId: "org_two", name: "Two" });
  const config = readConfig({
    ...{ GOOGLE_BASE_URL: google.url, GOOGLE_CLIENT_ID: "google-client", GOOGLE_CLIENT_SECRET: "google-secret" },
    ...{ MICROSOFT_BASE_URL: microsoft.url, MICROSOFT_CLIENT_ID: "microsoft-client" },
    MICROSOFT_CLIENT_SECRET: "microsoft-secret",
  });
  const audit = createAuditLog({ clock });
  const stores = { db, organizations, masterKey };
  const oauth = openOauth(stores, { config, audit });
  const connections = createConnections({
    ...{ ...stores, audit, clock, accessTokenOf: oauth.accessTokenOf, isInUse: isLinked },
    probe: createCalendarProbe(config),
  });
  return { google, microsoft, database, stores, config, audit, oauth, connections };
}
type Desk = Awaited<ReturnType<typeof openDesk>>;

async function joinOrganization({ database }: Desk, role = "owner"): Promise<void> {
  await database.asAdmin("set session_replication_role = replica");
  await database.asAdmin("insert into memberships (org_id, user_id, role, created_at) values ($1, $2, $3, now())", [
    ...[orgId, userId, role],
  ]);
  await database.asAdmin("set session_replication_role = default");
}

async function begin({ oauth }: Desk, vendor: "google" | "microsoft", wish: { connectionId?: string } = {}) {
  const begun = await oauth.oauthConsent.start({
    ...{ orgId, userId, vendor, redirectUri, wish: { uses: ["calendar"], ...wish } },
  });
  const answer = await fetch(begun.url, { redirect: "manual" });
  const back = new URL(answer.headers.get("location") ?? "");
  const text = (name: string) => back.searchParams.get(name) ?? undefined;
  const returned = { state: text("state"), code: text("code"), error: text("error"), userId, redirectUri };
  return { ...returned, browser: begun.browser, signal: never };
}

async function connect(desk: Desk, vendor: "google" | "microsoft"): Promise<string> {
  const result = await desk.oauth.oauthConsent.finish(await begin(desk, vendor));
  expect(result).toMatchObject({ ok: true, account: "owner@example.com" });
  const { items } = await desk.connections.list(orgId, { limit: 10 });
  return items.find((item) => item.vendor === vendor)?.id ?? "";
}

describe("a consent", () => {
  test.each(["google", "microsoft"] as const)(
    "at %s connects an account whose calendars are listed",
    async (vendor) => {
      const desk = await openDesk();
      await joinOrganization(desk);
      const id = await connect(desk, vendor);
      const kept = await desk.connections.get({ orgId, id });
      expect(kept).toMatchObject({ status: "connected", account: "owner@example.com", uses: ["calendar"] });
      const provider = await desk.oauth.calendarProviderOf({ orgId, connectionId: id });
      expect(await provider.listCalendars(never)).toHaveLength(1);
      expect(await desk.connections.check(id, doing)).toMatchObject({ status: "connected", problem: null });
      // Again, with the same account: the same connection.
      await connect(desk, vendor);
      expect((await desk.connections.list(orgId, { limit: 10 })).items).toHaveLength(1);
      const { rows } = await desk.database.asAdmin("select encode(sealed_secrets, 'escape') as kept from connections");
      expect(String(rows[0]?.["kept"])).not.toMatch(/ya29|0\.A|owner@/);
      await expect(desk.oauth.calendarProviderOf({ orgId: "org_two", connectionId: id })).rejects.toMatchObject({
        code: "not_found",
      });
    },
  );

  test("is finished once, by the browser that began it, in time, by somebody who still may", async () => {
    const desk = await openDesk();
    await joinOrganization(desk);
    const { finish } = desk.oauth.oauthConsent;
    const refused = { ok: false, problem: expect.stringContaining("Begin it again") };
    expect(await finish({ ...(await begin(desk, "google")), browser: "another" })).toMatchObject(refused);
    expect(await finish({ ...(await begin(desk, "google")), browser: undefined })).toMatchObject(refused);
    expect(await finish({ ...(await begin(desk, "google")), userId: "usr_other" })).toMatchObject(refused);
    expect(await finish({ ...(await begin(desk, "google")), state: "made-up" })).toMatchObject(refused);
    const late = await begin(desk, "google");
    await desk.database.asAdmin("update oauth_requests set expires_at = now() - interval '1 second'");
    expect(await finish(late)).toMatchObject(refused);
    const once = await begin(desk, "google");
    expect(await finish(once)).toMatchObject({ ok: true });
    expect(await finish(once)).toMatchObject(refused);
    const demoted = await begin(desk, "google");
    await desk.database.asAdmin("update memberships set role = 'viewer'");
    expect(await finish(demoted)).toMatchObject(refused);
  });

  test("that was denied, or given in part, or is another's code, connects nothing and says why", async () => {
    const desk = await openDesk();
    await joinOrganization(desk);
    const { finish } = desk.oauth.oauthConsent;
    desk.google.accounts.setConsent("deny");
    expect(await finish(await begin(desk, "google"))).toMatchObject({
      problem: expect.stringContaining("did not give"),
    });
    desk.google.accounts.setConsent("partial");
    expect(await finish(await begin(desk, "google"))).toMatchObject({
      problem: expect.stringContaining("calendar.events"),
    });
    desk.google.accounts.setConsent("grant");
    // Whoever stole a code has not its verifier.
    const stolen = await begin(desk, "google");
    expect(await finish({ ...(await begin(desk, "google")), code: stolen.code })).toMatchObject({
      problem: expect.stringContaining("verifier"),
    });
    expect((await desk.connections.list(orgId, { limit: 10 })).items).toEqual([]);
  });

  test("on an installation that is not set up, or for what a vendor has not, is refused with the mend", async () => {
    const desk = await openDesk();
    const wish = { orgId, userId, redirectUri };
    const none = openOauth(desk.stores, { config: readConfig({}), audit: desk.audit });
    await expect(
      none.oauthConsent.start({ ...wish, vendor: "google", wish: { uses: ["calendar"] } }),
    ).rejects.toMatchObject({ code: "provider_missing", publicMessage: expect.stringContaining("GOOGLE_CLIENT_ID") });
    await expect(
      desk.oauth.oauthConsent.start({ ...wish, vendor: "microsoft", wish: { uses: ["sheets"] } }),
    ).rejects.toMatchObject({ code: "bad_request", publicMessage: expect.stringContaining("uses") });
  });
});

describe("a token", () => {
  test.each(["google", "microsoft"] as const)(
    "of %s is refreshed by one, before it ends, over two processes",
    async (vendor) => {
      const desk = await openDesk();
      await joinOrganization(desk);
      const { accounts } = desk[vendor];
      accounts.setTokenSeconds(60);
      const id = await connect(desk, vendor);
      accounts.setTokenSeconds(3600);
      const other = openOauth(desk.stores, { config: desk.config, audit: desk.audit });
      const asked = Array.from({ length: 12 }, (_, at) =>
        (at % 2 ? desk.oauth : other).accessTokenOf({ orgId, connectionId: id }, never),
      );
      const tokens = new Set(await Promise.all(asked));
      expect(tokens.size).toBe(1);
      expect(accounts.counts.refreshes).toBe(1);
      await desk.oauth.accessTokenOf({ orgId, connectionId: id }, never);
      expect(accounts.counts.refreshes).toBe(1);
      // Refused before its time: another one, and the one after a rotation is good too.
      accounts.expireAccessTokens();
      const provider = await desk.oauth.calendarProviderOf({ orgId, connectionId: id });
      expect(await provider.listCalendars(never)).toHaveLength(1);
      expect(accounts.counts.refreshes).toBe(2);
      if (vendor === "microsoft") expect(desk.microsoft.accounts.reusedRefreshTokens()).toBe(0);
    },
  );

  test("whose consent is withdrawn makes the connection a failed one, and every owner is told once", async () => {
    const desk = await openDesk();
    await joinOrganization(desk);
    const id = await connect(desk, "google");
    await desk.database.asAdmin(`insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, created_by, created_at, events)
      values ('whk_1', '${orgId}', '', '', '', 'u', now(), '{connection.failed}')`);
    desk.google.accounts.revokeAll();
    const provider = await desk.oauth.calendarProviderOf({ orgId, connectionId: id });
    for (let time = 0; time < 2; time++) {
      await expect(provider.listCalendars(never)).rejects.toMatchObject({ category: "auth", permanent: true });
    }
    const failed = await desk.connections.get({ orgId, id });
    expect(failed).toMatchObject({ status: "failed", problem: "Token has been expired or revoked." });
    const { rows: told } = await desk.database.asAdmin("select type, subject_id from webhook_deliveries");
    expect(told).toEqual([{ type: "connection.failed", subject_id: id }]);
    const { rows: jobs } = await desk.database.asAdmin(
      "select data from pgboss.job where name = 'connections.tell-failed'",
    );
    expect(jobs).toMatchObject([{ data: { connectionId: id, userId } }]);
    const mails: { subject: string }[] = [];
    const notice = createFailureNotice({
      ...desk.stores,
      mailer: { sendMail: async (mail) => void mails.push(mail) },
      memberOf: async () => ({ email: "owner@example.com", language: "en" }),
    });
    await notice({ orgId, connectionId: id, userId });
    expect(mails).toMatchObject([{ subject: "Google – owner@example.com is connected no more" }]);
    // A consent given anew mends it, and nothing is told then.
    const again = await desk.oauth.oauthConsent.finish(await begin(desk, "google", { connectionId: id }));
    expect(again).toMatchObject({ ok: true });
    expect(await provider.listCalendars(never)).toHaveLength(1);
    await notice({ orgId, connectionId: id, userId });
    expect(mails).toHaveLength(1);
  });
});

test("a calendar that the account does not have cannot be linked; one that cannot be asked now can", async () => {
  const desk = await openDesk();
  const linkNone = async () => ({ ...(await linkGoogle(desk)), externalCalendarId: "nobody@example.com" });
  await expect(openLinked(desk, linkNone)).rejects.toMatchObject({
    code: "bad_request",
    publicMessage: expect.stringContaining("link.externalCalendarId"),
  });
  const open = () => desk.oauth.calendarProviderOf({ orgId, connectionId: "con_none" });
  expect(await canWriteThere(open, "nobody@example.com")).toBeUndefined();
});

interface Linked {
  readonly connectionId: string;
  readonly externalCalendarId: string;
  /** A person's doings in the calendar itself. */
  move(externalId: string, startMs: number): Promise<void> | void;
  remove(externalId: string): Promise<unknown> | undefined | void;
  add(startMs: number): Promise<string> | string;
}

const iso = (atMs: number) => new Date(atMs).toISOString();
const range = (startMs: number) => ({ startMs, endMs: startMs + hourMs / 2 });

async function linkGoogle(desk: Desk): Promise<Linked> {
  const { calendars } = desk.google;
  const id = "owner@example.com";
  const times = (startMs: number) => ({
    start: { dateTime: iso(startMs) },
    end: { dateTime: iso(startMs + hourMs / 2) },
  });
  return {
    ...{ connectionId: await connect(desk, "google"), externalCalendarId: id },
    move: (externalId, startMs) => void calendars.patch(id, externalId, { change: times(startMs) }),
    remove: (externalId) => calendars.remove(id, externalId),
    add: (startMs) => calendars.insert(id, times(startMs)).id,
  };
}

async function linkMicrosoft(desk: Desk): Promise<Linked> {
  const { events } = desk.microsoft;
  const moment = (atMs: number) => ({ dateTime: iso(atMs).slice(0, 19), timeZone: "UTC" });
  const times = (startMs: number) => ({ start: moment(startMs), end: moment(startMs + hourMs / 2) });
  return {
    ...{ connectionId: await connect(desk, "microsoft"), externalCalendarId: "AQMkDefault" },
    move: (externalId, startMs) => void events.update(externalId, { change: times(startMs) }),
    remove: (externalId) => events.remove(externalId),
    add: (startMs) => events.create("AQMkDefault", times(startMs)).id,
  };
}

async function linkRadicale(desk: Desk): Promise<Linked> {
  const radicale = await startRadicale();
  closers.push(radicale.close);
  const externalCalendarId = await radicale.makeCalendar("work");
  const { url: serverUrl, username, password } = radicale;
  const { id } = await desk.connections.create({ vendor: "caldav", serverUrl, username, password }, doing);
  const stamp = (atMs: number) => iso(atMs).replace(/[-:]|\.\d+/g, "");
  let people = 0;
  return {
    ...{ connectionId: id, externalCalendarId },
    async move(externalId, startMs) {
      const there = await (await radicale.ask("GET", externalId)).text();
      const moved = there
        .replace(/DTSTART:\S+/, `DTSTART:${stamp(startMs)}`)
        .replace(/DTEND:\S+/, `DTEND:${stamp(startMs + hourMs / 2)}`);
      await radicale.ask("PUT", externalId, moved);
    },
    remove: (externalId) => radicale.ask("DELETE", externalId),
    async add(startMs) {
      const path = `${externalCalendarId}p${people++}.ics`;
      const lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//EN",
        "BEGIN:VEVENT",
        `UID:${path}`,
        "DTSTAMP:20260101T000000Z",
      ];
      const times = [
        `DTSTART:${stamp(startMs)}`,
        `DTEND:${stamp(startMs + hourMs / 2)}`,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ];
      await radicale.ask("PUT", path, [...lines, ...times].join("\r\n"));
      return path;
    },
  };
}

async function openLinked(desk: Desk, link: (desk: Desk) => Promise<Linked>) {
  await joinOrganization(desk);
  const linked = await link(desk);
  const { db, organizations } = desk.stores;
  const calendars = createCalendars({
    ...{ ...desk.stores, clock, audit: desk.audit, isCalendarAccount: async () => true },
    canWriteThere: (org, to) =>
      canWriteThere(
        () => desk.oauth.calendarProviderOf({ orgId: org, connectionId: to.connectionId }),
        to.externalCalendarId,
      ),
    followers: {
      onFirst: async () => {},
      onLinked: followLink,
      countComing: async () => 0,
    },
  });
  const { connectionId, externalCalendarId } = linked;
  const { id: calendarId } = await calendars.create(doing, {
    ...{ kind: "person", name: "Mona", settings: {}, link: { connectionId, externalCalendarId } },
  });
  await desk.database.asAdmin(`insert into webhook_endpoints (id, org_id, key_wrap, sealed_url, sealed_secret, created_by, created_at, events)
    values ('whk_1', '${orgId}', '', '', '', 'u', now(), '{appointment.rescheduled,appointment.cancelled}')`);
  const provider = await desk.oauth.calendarProviderOf({ orgId, connectionId });
  const parts = {
    ...{ db, organizations, clock, log: silentLog, providerOf: desk.oauth.calendarProviderOf },
    appointments: createFollowingAppointments({ organizations, clock, emit: composeEmit({ clock }) }),
  };
  return {
    ...linked,
    ...{ calendarId, provider, parts },
    sync: () => syncCalendar(parts, { orgId, calendarId }, never),
    /** Booked here and written there. */
    async book(id: string, startMs: number) {
      const event = { appointmentId: id, ...range(startMs), timeZone: "UTC", title: "Check-up", description: "" };
      const { externalId, etag } = await provider.createEvent(externalCalendarId, event, never);
      await desk.database.asAdmin(
        `insert into appointments (id, org_id, calendar_id, service, starts_at, ends_at, status, phone_hash, sealed_details, external_id, external_etag, sync_state)
         values ($1, $2, $3, 'Check-up', $4, $5, 'active', 'x', 'x', $6, $7, 'synced')`,
        [id, orgId, calendarId, iso(startMs), iso(startMs + hourMs / 2), externalId, etag],
      );
      return externalId;
    },
    async appointment(id: string) {
      const { rows } = await desk.database.asAdmin(
        "select starts_at, status, sync_state from appointments where id = $1",
        [id],
      );
      const [row] = rows as { starts_at: Date; status: string; sync_state: string }[];
      return { startMs: row?.starts_at.getTime(), status: row?.status, syncState: row?.sync_state };
    },
    async told() {
      const { rows } = await desk.database.asAdmin(
        "select type, subject_id from webhook_deliveries order by created_at, id",
      );
      return rows.map((row) => `${String(row["type"])} ${String(row["subject_id"])}`);
    },
    busy: () =>
      db.withOrg(orgId, (tx) =>
        busyOutside(tx, { startMs: baseMs, endMs: baseMs + 48 * hourMs, calendarIds: [calendarId] }),
      ),
  };
}

const vendors = [
  { name: "google", link: linkGoogle, isThere: true },
  { name: "microsoft", link: linkMicrosoft, isThere: true },
  { name: "caldav (Debian package radicale)", link: linkRadicale, isThere: hasRadicale() },
] as const;

for (const { name, link, isThere } of vendors) {
  test.skipIf(!isThere)(
    `a calendar at ${name} is followed: who is busy there, what was moved, what was taken away`,
    async () => {
      const desk = await openDesk();
      const linked = await openLinked(desk, link);
      const moved = await linked.book("appt_moved", baseMs);
      const gone = await linked.book("appt_gone", baseMs + hourMs);
      await linked.book("appt_stays", baseMs + 2 * hourMs);
      const theirs = await linked.add(baseMs + 5 * hourMs);
      await linked.sync();
      expect(await linked.busy()).toEqual([{ calendarId: linked.calendarId, ...range(baseMs + 5 * hourMs) }]);
      expect(await linked.told()).toEqual([]);
      await linked.move(moved, baseMs + 10 * hourMs);
      await linked.remove(gone);
      await linked.move(theirs, baseMs + 7 * hourMs);
      await linked.sync();
      expect(await linked.appointment("appt_moved")).toMatchObject({
        startMs: baseMs + 10 * hourMs,
        syncState: "synced",
      });
      expect(await linked.appointment("appt_gone")).toMatchObject({ status: "cancelled", syncState: "none" });
      expect(await linked.appointment("appt_stays")).toMatchObject({ startMs: baseMs + 2 * hourMs, status: "active" });
      expect((await linked.told()).sort()).toEqual([
        "appointment.cancelled appt_gone",
        "appointment.rescheduled appt_moved",
      ]);
      expect(await linked.busy()).toMatchObject([range(baseMs + 7 * hourMs)]);
      // Onto another one of ours: what was promised stays, and it shows.
      await linked.move(moved, baseMs + 2 * hourMs);
      await linked.remove(theirs);
      await linked.sync();
      expect(await linked.appointment("appt_moved")).toMatchObject({
        startMs: baseMs + 10 * hourMs,
        syncState: "conflict",
      });
      expect(await linked.busy()).toEqual([]);
      await linked.sync();
      expect(await linked.told()).toHaveLength(2);
    },
  );
}

test("what we do ourselves between the look and the note is not undone by an old answer", async () => {
  const desk = await openDesk();
  const linked = await openLinked(desk, linkGoogle);
  const externalId = await linked.book("appt_ours", baseMs);
  await linked.sync();
  await linked.move(externalId, baseMs + 3 * hourMs);
  const provider = await linked.parts.providerOf({ orgId, connectionId: linked.connectionId });
  const slow = {
    ...provider,
    findEvent: async (...asked: Parameters<typeof provider.findEvent>) => {
      const found = await provider.findEvent(...asked);
      // A caller moves it while the vendor's answer is under way.
      await desk.database.asAdmin("update appointments set starts_at = $1, ends_at = $2, external_etag = 'newer'", [
        ...[iso(baseMs + 6 * hourMs), iso(baseMs + 6.5 * hourMs)],
      ]);
      return found;
    },
  };
  await syncCalendar(
    { ...linked.parts, providerOf: async () => slow },
    { orgId, calendarId: linked.calendarId },
    never,
  );
  expect(await linked.appointment("appt_ours")).toMatchObject({ startMs: baseMs + 6 * hourMs });
  expect(await linked.told()).toEqual([]);
});

test("a vendor that fails is noted beside the calendar, and what was known of it stays", async () => {
  const desk = await openDesk();
  const linked = await openLinked(desk, linkMicrosoft);
  await linked.add(baseMs + hourMs);
  await linked.sync();
  desk.microsoft.setFaults([{ when: "before", how: 429, retryAfterSeconds: 60 }]);
  await linked.sync();
  const { rows } = await desk.database.asAdmin(
    "select problem, failing_since is not null as failing from calendar_syncs",
  );
  expect(rows).toMatchObject([{ failing: true, problem: expect.any(String) }]);
  expect(await linked.busy()).toHaveLength(1);
  await linked.sync();
  expect((await desk.database.asAdmin("select problem from calendar_syncs")).rows).toEqual([{ problem: null }]);
  await expect(desk.connections.remove(linked.connectionId, doing)).rejects.toMatchObject({ code: "conflict" });
});

test.each([
  ["google", linkGoogle],
  ["microsoft", linkMicrosoft],
] as const)("%s tells of a change at once, and only who has the token is believed", async (_, link) => {
  const desk = await openDesk();
  const linked = await openLinked(desk, link);
  const { createServer } = await import("node:http");
  const { text } = await import("node:stream/consumers");
  type Handle = (call: {
    params: { id: string };
    query: { validationToken?: string };
    request: unknown;
  }) => Promise<string>;
  let handle: Handle = async () => "";
  const mount = ((_route: unknown, given: Handle) => {
    handle = given;
  }) as never;
  mountCalendarPushRoutes(mount, { db: desk.stores.db, jobs: createJobSender() });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const validationToken = url.searchParams.get("validationToken");
    void text(request)
      .then((body) =>
        handle({
          params: { id: url.pathname.split("/").at(-1) ?? "" },
          query: validationToken === null ? {} : { validationToken },
          request: { headers: request.headers, body: body === "" ? undefined : JSON.parse(body) },
        }),
      )
      .then(
        (answer) => response.end(answer),
        () => response.writeHead(404).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const address = server.address();
  const publicUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  await syncCalendar({ ...linked.parts, publicUrl }, { orgId, calendarId: linked.calendarId }, never);
  const { rows } = await desk.database.asAdmin(
    "select channel_id, channel_until > now() + interval '5 days' as lasts from calendar_syncs",
  );
  expect(rows).toMatchObject([{ channel_id: expect.any(String), lasts: true }]);
  const queued = async () =>
    Number(
      (await desk.database.asAdmin("select count(*)::int as n from pgboss.job where name = 'calendars.sync'"))
        .rows[0]?.["n"],
    );
  const lie = { "x-goog-channel-token": "a guess" };
  const push = `${publicUrl}/api/v1/calendar-pushes/${linked.calendarId}`;
  expect((await fetch(push, { method: "POST", headers: lie })).status).toBe(404);
  expect(await queued()).toBe(0);
  await linked.add(baseMs + hourMs);
  await expect.poll(queued, { timeout: 5000 }).toBe(1);
});
