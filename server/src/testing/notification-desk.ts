/** For tests: notifications over a real database, with a telephone company and a mail server in memory. */
import { notificationSettings } from "@parley/contract/notifications";
import { type BusinessProfile, createAppointments } from "../features/appointments/index.ts";
import { createAuditLog } from "../features/audit/index.ts";
import { createCallStore } from "../features/calls/index.ts";
import { createContacts } from "../features/contacts/index.ts";
import type { Messages } from "../features/messages/index.ts";
import {
  createEmitNotification,
  type NotificationDesk,
  type Notifications,
  type TextCarrier,
} from "../features/notifications/index.ts";
import { createOrganizations, type Organizations } from "../features/organizations/index.ts";
import { sealNumber } from "../features/phone-numbers/sealed-number.ts";
import { createUsageMeter } from "../features/usage/index.ts";
import { createEmitWebhook, type EmitWebhook } from "../features/webhooks/index.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { newId } from "../platform/db/new-id.ts";
import type { OrgDb } from "../platform/db/org-db.ts";
import type { Mail } from "../platform/mail/send-mail.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { ManualClock } from "./manual-clock.ts";
import type { TestDatabase } from "./test-database.ts";

export const ourNumber = "+12125550100";
export const actor = { kind: "user", id: "usr_a" } as const;

export const clinic: BusinessProfile = {
  ...{ timeZone: "America/New_York", country: "US", slotEveryMs: 30 * 60_000, minNoticeMs: 0, maxAheadDays: 300 },
  services: [{ name: "cleaning", durationMs: 30 * 60_000 }],
  openingHours: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day, [{ from: "08:00", to: "20:00" }]])),
};

interface Text {
  readonly externalId: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly atMs: number;
  readonly statusUrl?: string;
}

type SendFailure = "lost-after" | "lost-before" | "opted-out" | "overloaded";

/** A carrier of texts that keeps what it sent. `failures` are used up, one for each sending. */
function createTexts(clock: ManualClock) {
  const sent: Text[] = [];
  const failures: SendFailure[] = [];
  const asked = { find: 0 };
  const fail = (category: "network" | "overloaded" | "bad-request", code?: number) =>
    new ProviderError("no", {
      ...{ provider: "twilio", category, permanent: category === "bad-request" },
      ...(code === undefined ? {} : { vendorMessage: `${code}: no` }),
    });
  const carrier: TextCarrier = {
    async send(_login, text) {
      const failure = failures.shift();
      if (failure === "opted-out") throw fail("bad-request", 21610);
      if (failure === "overloaded") throw fail("overloaded", 20429);
      if (failure === "lost-before") throw fail("network");
      const externalId = `SM${String(sent.length + 1).padStart(32, "0")}`;
      sent.push({ externalId, ...text, atMs: clock.wallNow() });
      if (failure === "lost-after") throw fail("network");
      return { externalId, status: "queued" };
    },
    async find(_login, { from, to, body, sinceMs }) {
      asked.find++;
      const same = sent.filter((text) => text.to === to && text.from === from && text.body === body);
      return same.filter(({ atMs }) => atMs >= sinceMs).map(({ externalId }) => ({ externalId, status: "sent" }));
    },
    fetch: async (_login, externalId) => ({ externalId, status: "delivered" }),
    saysOptedOut: (error) => error instanceof ProviderError && error.vendorMessage?.startsWith("21610") === true,
  };
  return { carrier, sent, failures, asked };
}

/** The server's own composition, which only a test may hand over. */
type Connect<Needs> = (
  stores: { readonly db: OrgDb; readonly organizations: Organizations },
  needs: Needs,
) => {
  readonly messages: Messages;
  readonly notifications: Notifications;
  readonly notificationDesk: NotificationDesk;
};

export function openNotificationDesk<Needs>(database: TestDatabase, clock: ManualClock, connect: Connect<Needs>) {
  const masterKey = Buffer.alloc(32, 7);
  const audit = createAuditLog({ clock });
  const texts = createTexts(clock);
  const mails: Mail[] = [];
  const mailFailures: Error[] = [];
  const owners = { ids: ["usr_owner"] };
  const webhook = createEmitWebhook({ clock });
  const toPeople = createEmitNotification({ clock, jobs: createJobSender() });
  const emit: EmitWebhook = async (tx, event) => {
    await toPeople(tx, event);
    await webhook(tx, event);
  };
  const sendMail = async (mail: Mail) => {
    const failure = mailFailures.shift();
    if (failure !== undefined) throw failure;
    mails.push(mail);
  };
  const build = (db: OrgDb = database.orgDb) => {
    const organizations = createOrganizations({ db, masterKey });
    const contacts = createContacts({ db, clock, organizations, audit });
    const people = {
      readMembers: async () => owners.ids.map((id) => ({ id, email: `${id}@clinic.example`, language: "en" })),
    };
    const features = connect({ db, organizations }, {
      ...{
        clock,
        audit,
        contacts,
        log: silentLog,
        carrier: texts.carrier,
        origin: () => "https://calls.clinic.example",
      },
      config: { publicUrl: "https://calls.clinic.example", twilio: {} } as never,
      auth: { people } as never,
      mailer: { sendMail, sendSoon: () => {}, kept: () => [] },
      connections: { carrierAccount: async () => ({ accountSid: "AC", authToken: "t" }) as never },
      usageMeter: createUsageMeter({ clock }),
    } as Needs);
    const appointments = createAppointments({ organizations, clock, emit });
    const calls = createCallStore({ db, organizations, clock, hooks: callHooks(emit) });
    return { db, organizations, contacts, appointments, calls, ...features };
  };
  const built = build();
  const signal = new AbortController().signal;
  return {
    ...{ ...built, database, clock, texts, mails, mailFailures, owners, build, emit, signal },
    /** An organisation in New York with an owner and a number that can text. */
    async found(orgId: string, number = ourNumber) {
      await built.organizations.ensure({ orgId, name: "Bright Smile", timeZone: "America/New_York", country: "US" });
      await database.asAdmin(
        `insert into users (id, key_wrap, email_hash, sealed_email, sealed_name, language, time_zone, created_at, updated_at)
         values ('usr_owner', '', 'x', '', '', 'en', 'UTC', now(), now()) on conflict do nothing`,
      );
      await database.asAdmin("insert into memberships (org_id, user_id, role) values ($1, 'usr_owner', 'owner')", [
        orgId,
      ]);
      await addNumber(database, built, { orgId, number });
    },
    set: (orgId: string, settings: object) =>
      built.notifications.setSettings({ orgId, actor }, notificationSettings.parse(settings)),
    tend: (orgId: string) => built.notificationDesk.tend(orgId, signal),
    async rows(orgId: string) {
      const { rows } = await database.asAdmin("select * from notifications where org_id = $1 order by id", [orgId]);
      return rows;
    },
    /** `kind channel status` of each, in order. */
    async log(orgId: string) {
      const { items } = await built.notifications.list(orgId, { limit: 100 });
      const words = items.map(({ kind, channel, status, reason }) => [kind, channel, status, reason]);
      return words.map((each) => each.filter((word) => word !== null).join(" ")).sort();
    },
    /** A call of that number; `turns` are counted when it ends. */
    async call(orgId: string, call: { from: string; turns?: number; language?: string }) {
      const callId = newId("call", clock.wallNow());
      const about = {
        orgId,
        callId,
        agentId: "agent_1",
        agentName: "Anna",
        channel: "phone",
        direction: "inbound",
      } as const;
      const language = call.language ?? "en-US";
      const startedAtMs = clock.wallNow();
      await built.calls.createCall({
        ...about,
        language,
        startedAtMs,
        processId: "1-a",
        from: call.from,
        to: ourNumber,
      });
      for (let turn = 0; turn < (call.turns ?? 1); turn++) {
        const event = {
          type: "turn-committed",
          turnId: `t${turn}`,
          trigger: "silence",
          content: { text: "Hello" },
        } as const;
        await built.calls.appendEvents([{ orgId, callId, event: { ...event, v: 1, seq: turn, atMs: 5 } }]);
      }
      return callId;
    },
    end: (orgId: string, callId: string) =>
      built.calls.finishCall({
        ...{ orgId, callId, status: "completed", hangUpReason: "caller-hung-up", durationMs: 1000 },
        endedAtMs: clock.wallNow(),
      }),
  };
}

const callHooks = (emit: EmitWebhook) => ({
  ended: (tx: Parameters<EmitWebhook>[0], { orgId, callId }: { orgId: string; callId: string }) =>
    emit(tx, { orgId, callId, type: "call.ended", subjectId: callId }),
});

async function addNumber(
  database: TestDatabase,
  { organizations, db }: { organizations: Organizations; db: OrgDb },
  { orgId, number }: { orgId: string; number: string },
): Promise<void> {
  const id = `pn_${orgId}`;
  const orgKey = await db.withOrg(orgId, (tx) => organizations.keyOf(tx, orgId));
  const { keyWrap, sealedNumber } = sealNumber({ id, orgId }, orgKey, { number, name: "", sid: "PN1", canSms: true });
  await database.asAdmin(
    `insert into connections (id, org_id, vendor, status, sealed_name, sealed_secrets, key_wrap, created_at, rotated_at, checked_at)
     values ($1, $2, 'twilio', 'connected', '', '', '', now(), now(), now())`,
    [`cn_${orgId}`, orgId],
  );
  await database.asAdmin(
    `insert into phone_numbers (id, org_id, connection_id, number_hash, sealed_number, key_wrap, state, routing, created_at, checked_at)
     values ($1, $2, $3, $4, $5, $6, 'ready', '{"routing":null}', now(), now())`,
    [id, orgId, `cn_${orgId}`, Buffer.from(id), sealedNumber, keyWrap],
  );
}
