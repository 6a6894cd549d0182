import { expect, test } from "vitest";
import { createAuditLog } from "../features/audit/index.ts";
import { createAuth } from "../features/auth/index.ts";
import { memberships } from "../features/organizations/index.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { createCounterStore } from "../platform/limits/counter.ts";
import { createLockOut } from "../platform/limits/lock-out.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import { createJobWorker } from "../platform/queue/job-worker.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { waitUntil } from "../testing/running-platform.ts";
import { testDatabase } from "../testing/test-database.ts";
import { openWebhookDesk } from "../testing/webhook-desk.ts";
import { startReceiver } from "../testing/webhook-receiver.ts";
import { registerWebhookJobs } from "./webhooks.ts";

const never = new AbortController().signal;
const threeDaysMs = 3 * 24 * 3_600_000;

test("when an endpoint is switched off, each owner gets a mail in their language, and nobody else", async () => {
  await using database = await testDatabase();
  const clock = createManualClock();
  const desk = openWebhookDesk(database, clock);
  const db = database.orgDb;
  const mailer = createMailer({ clock, log: silentLog });
  const masterKey = Buffer.alloc(32, 7);
  const { organizations } = desk;
  const auth = createAuth({
    ...{ db, masterKey, organizations, clock, mailer, audit: createAuditLog({ clock }) },
    origin: () => "https://parley.example",
    lockOut: createLockOut({ store: createCounterStore({ clock, log: silentLog }), secret: masterKey }),
    ...{ firstPersonAdministers: false, isEmbedded: true, isSecure: true },
  });
  const signUp = async (email: string, language: string, organizationName?: string) => {
    const person = { email, password: "correct horse battery", name: "Salma", language, timeZone: "Africa/Cairo" };
    const device = { userAgent: "vitest", address: "192.0.2.7" };
    const named = organizationName === undefined ? {} : { organizationName };
    const session = await auth.signUp({ ...person, ...named, device });
    return await auth.principalOf(session.accessToken, false);
  };
  const owner = await signUp("salma@example.com", "en", "Bright Smile");
  const orgId = owner.orgId ?? "";
  for (const [email, language, role] of [
    ["mona@example.com", "ar-EG", "owner"],
    ["omar@example.com", "en", "admin"],
  ] as const) {
    const { userId } = await signUp(email, language, "Elsewhere");
    await db.withUserInOrg({ userId, orgId }, (tx) => tx.insert(memberships).values({ orgId, userId, role }));
  }

  await using receiver = await startReceiver(() => 500);
  const { id } = await desk.addEndpoint(orgId, `${receiver.url}?token=hush`);
  const deliverer = desk.delivererOf("p1");
  for (const callId of ["call_1", "call_2"]) {
    await desk.tell(orgId, "call.started", callId);
    await deliverer.deliverDue(never);
    await clock.advance(threeDaysMs);
  }
  await deliverer.deliverDue(never);
  const [endpoint] = (await desk.webhooks.list(orgId, { limit: 5 })).items;
  expect(endpoint).toMatchObject({ id, enabled: false, disabledReason: "failing" });

  const worker = await createJobWorker({ url: database.appUrl, log: silentLog });
  try {
    await registerWebhookJobs(worker, { db, organizations, mailer, auth });
    const notices = () => mailer.kept().filter(({ text }) => text.includes("127.0.0.1"));
    await waitUntil(() => notices().length >= 2);
    const jobs = async () =>
      (await database.asAdmin("select state, data from pgboss.job where name like 'webhooks%'")).rows;
    await waitUntil(async () => (await jobs()).every(({ state }) => state === "completed"));
    expect(
      notices()
        .map(({ to }) => to)
        .sort(),
    ).toEqual(["mona@example.com", "salma@example.com"]);
    const byName = new Map(notices().map((mail) => [mail.to, mail]));
    expect(byName.get("salma@example.com")?.text).toMatch(/has taken no event of Bright Smile for three days/);
    expect(byName.get("mona@example.com")?.text).toMatch(/Bright Smile منذ ثلاثة أيام/);
    expect(JSON.stringify(notices())).not.toContain("hush");
    expect(JSON.stringify(await jobs())).not.toMatch(/example|127\.0/);
  } finally {
    await worker.stop(1000);
  }
}, 60_000);
