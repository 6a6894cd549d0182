import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { ToolOutcome } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../platform/db/log-line.ts";
import { createJobSender } from "../../platform/queue/job-sender.ts";
import { testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createContacts } from "../contacts/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createToolRunner, createToolShelf } from "./index.ts";
import { lookUpContact } from "./look-up-contact/look-up-contact.ts";
import { specOf } from "./tool-spec.ts";
import { updateContact } from "./update-contact/update-contact.ts";

const orgId = "org_one";
const asked = { orgId, actor: { kind: "user", id: "usr_1" } } as const;
const mona = "+201001234567";

async function openDesk() {
  const db = await testDatabase();
  const clock = systemClock;
  const organizations = createOrganizations({ db: db.orgDb, masterKey: randomBytes(32) });
  await organizations.ensure({ orgId, name: "One" });
  const stores = { db: db.orgDb, organizations, clock };
  const contacts = createContacts({ ...stores, audit: createAuditLog({ clock }) });
  await contacts.setFields(asked, [
    { name: "insurance", label: "Insurance", type: "text", choices: [] },
    { name: "owes", label: "Owes", type: "number", choices: [] },
  ]);
  const shelf = createToolShelf({ builtIn: [lookUpContact({ contacts }), updateContact({ contacts })], sources: [] });
  const accounts = { of: async () => [] };
  const runner = createToolRunner({ ...stores, shelf, accounts, jobs: createJobSender(), log: silentLog });
  const run = (name: string, input: object, more: { from?: string; settings?: object } = {}): Promise<ToolOutcome> =>
    runner.run({
      call: { id: "t", name, input },
      ...{ orgId, agentId: "agent_1", callId: "call_1", idempotencyKey: JSON.stringify([name, input, more]) },
      ...{ facts: { callerPhone: more.from ?? mona }, settings: { ...more.settings } },
      signal: new AbortController().signal,
    });
  const known = () =>
    contacts.create(asked, {
      ...{ name: "Mona Adel", phones: [{ number: mona, label: "" }], tags: ["vip"], notes: "Is deaf in one ear." },
      fields: { insurance: "AXA", owes: 90 },
    });
  return { db, contacts, run, known, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

test("the agent reads of the caller what its owner lets it read, and of nobody else", async () => {
  await using desk = await openDesk();
  expect(await desk.run("look_up_contact", {})).toEqual({ status: "ok", output: { known: false } });
  await desk.known();
  expect(await desk.run("look_up_contact", {}, { settings: { fields: ["insurance"] } })).toEqual({
    status: "ok",
    output: { known: true, name: "Mona Adel", language: null, tags: ["vip"], details: { insurance: "AXA" } },
  });
  const other = { from: "+201009999999" };
  expect(await desk.run("look_up_contact", { phone: mona }, other)).toMatchObject({ status: "failed" });
  const allowed = { ...other, settings: { otherNumbers: true, tags: false } };
  expect(await desk.run("look_up_contact", { phone: "+20 100 123 4567" }, allowed)).toMatchObject({
    output: { known: true, name: "Mona Adel" },
  });
});

test("the agent writes what its owner lets it write, in the caller's own entry, in the name of the call", async () => {
  await using desk = await openDesk();
  const { id } = await desk.known();
  expect(await desk.run("update_contact", { email: "mona at example" })).toMatchObject({
    status: "failed",
    publicMessage: expect.stringMatching(/^email:/),
  });
  expect(await desk.run("update_contact", { details: { owes: 0 } })).toMatchObject({
    publicMessage: expect.stringMatching(/^owes: must not be changed/),
  });
  expect(await desk.run("update_contact", { note: "Likes tea." }, { settings: { fields: ["note"] } })).toMatchObject({
    publicMessage: expect.stringMatching(/^note: this caller has not agreed/),
  });
  const settings = { fields: ["name", "email", "note"], details: ["insurance"] };
  const change = { email: "mona@example.com", details: { insurance: "Bupa" } };
  expect(await desk.run("update_contact", change, { settings })).toEqual({
    status: "ok",
    output: { contactId: id, isNew: false },
  });
  await desk.contacts.change({ ...asked, contactId: id }, { consents: { memory: { granted: true, how: "asked" } } });
  await desk.run("update_contact", { note: "Likes tea." }, { settings });
  expect(await desk.contacts.get(orgId, id)).toMatchObject({
    ...{ name: "Mona Adel", emails: ["mona@example.com"], fields: { insurance: "Bupa", owes: 90 } },
    notes: "Is deaf in one ear.\nLikes tea.",
  });
  const { rows } = await desk.db.asAdmin(
    "select actor_kind, actor_id, facts from audit_entries where actor_kind = 'caller'",
  );
  expect(rows).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toMatch(/mona|Bupa|tea/);
});

test("a caller nobody knows becomes a contact only where that is wanted", async () => {
  await using desk = await openDesk();
  expect(await desk.run("update_contact", { name: "Omar" })).toMatchObject({ status: "failed" });
  expect(await desk.run("update_contact", { name: "Omar" }, { settings: { create: true } })).toMatchObject({
    output: { isNew: true },
  });
  expect(await desk.contacts.list(orgId, { limit: 5 })).toMatchObject({
    items: [{ name: "Omar", phones: [{ number: mona }] }],
  });
});

test("the model is told only of what it may write", () => {
  const tool = updateContact({ contacts: {} as Parameters<typeof updateContact>[0]["contacts"] });
  const { inputSchema } = specOf(tool, { fields: ["name"], details: ["insurance"], create: false });
  expect(Object.keys(inputSchema["properties"] as object)).toEqual(["name", "details"]);
  expect(inputSchema).toMatchObject({ properties: { details: { properties: { insurance: {} } } } });
});
