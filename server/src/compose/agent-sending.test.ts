/** What an agent may send, and to whom. */
import { expect, test } from "vitest";
import { createManualClock } from "../testing/manual-clock.ts";
import { actor, openNotificationDesk } from "../testing/notification-desk.ts";
import { testDatabase } from "../testing/test-database.ts";
import { connectNotifications, openAgentSending } from "./notifications.ts";

const orgId = "org_one";
const salma = "+12125550177";

async function openWorld() {
  const database = await testDatabase();
  const clock = createManualClock(Date.now());
  const desk = openNotificationDesk(database, clock, connectNotifications);
  await desk.found(orgId);
  const agent = openAgentSending(desk);
  const callId = await desk.call(orgId, { from: salma });
  const text = (to?: string, body = "The address is 12 Main Street.") =>
    desk.db.withOrg(orgId, (tx) => agent.sendText(tx, { orgId, callId, body, ...(to === undefined ? {} : { to }) }));
  const mail = (to?: string) =>
    desk.db.withOrg(orgId, (tx) =>
      agent.sendEmail(tx, {
        orgId,
        callId,
        subject: "Our\nprices",
        text: "Cleaning: 90",
        ...(to === undefined ? {} : { to }),
      }),
    );
  return {
    ...{ ...desk, callId, text, mail, agent },
    async tendLater() {
      await clock.advance(60_000);
      await desk.tend(orgId);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test("the caller's own number and the contact's are open; others only where the owner says so, and only in allowed countries", async () => {
  await using world = await openWorld();
  expect(await world.text()).toMatchObject({ ok: true });
  expect(await world.text("(212) 555-0177", "second")).toMatchObject({ ok: true });
  expect(await world.text("+12125550188")).toMatchObject({
    ok: false,
    publicMessage: expect.stringContaining("own number"),
  });
  const contact = {
    name: "Salma",
    phones: [salma, "+12125550188"].map((number) => ({ number, label: "" })),
    emails: ["s@example.com"],
  };
  await world.contacts.create({ orgId, actor }, contact);
  expect(await world.text("+12125550188", "third")).toMatchObject({ ok: true });
  expect(await world.text("+201001234567")).toMatchObject({ ok: false });
  await world.set(orgId, { textOtherNumbers: true, quietHours: null });
  expect(await world.text("+12125550199", "fourth")).toMatchObject({ ok: true });
  expect(await world.text("+201001234567")).toMatchObject({
    ok: false,
    publicMessage: expect.stringContaining("country"),
  });
  expect(await world.text("12")).toMatchObject({ ok: false, publicMessage: expect.stringContaining("digit by digit") });
  expect(await world.text(salma, " ")).toMatchObject({ ok: false });
  expect(await world.text(salma, "x".repeat(671))).toMatchObject({ ok: false });
  await world.tendLater();
  expect(world.texts.sent.map(({ to, body }) => `${to} ${body}`)).toEqual([
    `${salma} The address is 12 Main Street.`,
    `${salma} second`,
    "+12125550188 third",
    "+12125550199 fourth",
  ]);
  await world.notifications.onText(orgId, { externalId: "SM_1", from: salma, to: "+12125550100", body: "stop" });
  expect(await world.text()).toMatchObject({ ok: false, publicMessage: expect.stringContaining("no more texts") });
});

test("mail goes to an address that is known of the caller; nothing is sent when the tool's transaction is undone", async () => {
  await using world = await openWorld();
  expect(await world.mail()).toMatchObject({ ok: false, publicMessage: expect.stringContaining("letter by letter") });
  expect(await world.mail("somebody@example.com")).toMatchObject({ ok: false });
  await world.contacts.create(
    { orgId, actor },
    { name: "Salma", phones: [{ number: salma, label: "" }], emails: ["s@example.com"] },
  );
  expect(await world.mail()).toMatchObject({ ok: true });
  const undone = world.db.withOrg(orgId, async (tx) => {
    await world.agent.sendText(tx, { orgId, callId: world.callId, body: "never" });
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow();
  await world.tendLater();
  expect(world.mails).toMatchObject([{ to: "s@example.com", subject: "Our prices", text: "Cleaning: 90" }]);
  expect(world.texts.sent).toEqual([]);
});

test("one number is not written to without end, nor one that others earn by", async () => {
  await using world = await openWorld();
  for (let at = 0; at < 25; at++) expect(await world.text(undefined, `Text ${at}`)).toMatchObject({ ok: true });
  await world.tendLater();
  expect(world.texts.sent.length).toBe(20);
  expect(await world.log(orgId)).toContain("from-agent sms skipped too-many-to-this-number");
  await world.clock.advance(86_400_000);
  expect(await world.text(undefined, "A new day")).toMatchObject({ ok: true });
  await world.tendLater();
  expect(world.texts.sent.length).toBe(21);
  await world.set(orgId, { textOtherNumbers: true });
  expect(await world.text("+19005550123")).toMatchObject({
    ok: false,
    publicMessage: expect.stringContaining("not allowed"),
  });
});
