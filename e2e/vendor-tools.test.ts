/** Tools at vendors through the real runner, on a real database, against the stand-ins: done once, whatever is lost on the way. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBrave } from "../sandbox/src/brave/start-brave.ts";
import type { RestDesk } from "../sandbox/src/control/rest-desk.ts";
import { startSheets } from "../sandbox/src/google/start-sheets.ts";
import { startHubSpot } from "../sandbox/src/hubspot/start-hubspot.ts";
import { type SalesforceOptions, startSalesforce } from "../sandbox/src/salesforce/start-salesforce.ts";
import { startSearxng } from "../sandbox/src/searxng/start-searxng.ts";
import { startTavily } from "../sandbox/src/tavily/start-tavily.ts";
import { createToolProbe, createVendorAccounts } from "../server/src/compose/vendor-accounts.ts";
import { readConfig } from "../server/src/config.ts";
import { createAuditLog } from "../server/src/features/audit/index.ts";
import { createConnections, listAccounts } from "../server/src/features/connections/index.ts";
import { createOrganizations } from "../server/src/features/organizations/index.ts";
import {
  createSettleDeed,
  createToolRunner,
  createToolShelf,
  createVendorTools,
} from "../server/src/features/tools/index.ts";
import { createEmitWebhook } from "../server/src/features/webhooks/index.ts";
import { silentLog } from "../server/src/platform/db/log-line.ts";
import { createJobSender } from "../server/src/platform/queue/job-sender.ts";
import { createManualClock } from "../server/src/testing/manual-clock.ts";
import { testDatabase } from "../server/src/testing/test-database.ts";

const { signal } = new AbortController();

let shared: Awaited<ReturnType<typeof testDatabase>>;
let offices = 0;
beforeAll(async () => {
  shared = await testDatabase();
});
afterAll(() => shared[Symbol.asyncDispose]());

const running: RestDesk[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((desk) => desk.close()));
});
async function start<T extends RestDesk>(starting: Promise<T>): Promise<T> {
  const desk = await starting;
  running.push(desk);
  return desk;
}

async function openOffice(environment: Record<string, string> = {}) {
  const db = shared;
  const orgId = `org_${++offices}`;
  const doing = { orgId, actor: { kind: "user", id: "usr_1" } as const, signal };
  const clock = createManualClock(Date.parse("2026-11-23T15:00:00Z"));
  const config = readConfig(environment);
  const masterKey = randomBytes(32);
  const organizations = createOrganizations({ db: db.orgDb, masterKey });
  await organizations.ensure({ orgId, name: "One" });
  const stores = { db: db.orgDb, organizations };
  const connections = createConnections({
    ...{ ...stores, clock, masterKey, audit: createAuditLog({ clock }), probe: createToolProbe(config) },
    isInUse: async () => false,
  });
  const accounts = createVendorAccounts(stores, { config, accessTokenOf: async () => "ya29.token" });
  const tools = createVendorTools({ accounts, clock });
  const shelf = createToolShelf({ builtIn: tools, sources: [] });
  const list = () => db.orgDb.withOrg(orgId, listAccounts);
  const runner = createToolRunner({
    ...{ ...stores, clock, shelf, log: silentLog, jobs: createJobSender() },
    accounts: { of: list },
  });
  const settle = createSettleDeed({ ...stores, clock, shelf, emit: createEmitWebhook({ clock }) });
  const run = (name: string, input: object, more: { settings?: object; key?: string } = {}) =>
    runner.run({
      call: { id: "t", name, input },
      ...{ orgId, agentId: "agent_1", callId: "call_1", signal },
      idempotencyKey: more.key ?? JSON.stringify([name, input]),
      facts: { callerPhone: "+971501234567", language: "en-US" },
      settings: { ...more.settings },
    });
  const deeds = async () =>
    (await db.asAdmin("select id, run, state from tool_deeds where org_id = $1 order by created_at, id", [orgId])).rows;
  return {
    ...{ orgId, doing, clock, connections, tools, run },
    /** Google's consent is another's work: here it is a row. */
    connectGoogle: () =>
      db.asAdmin(
        `insert into connections (id, org_id, vendor, status, sealed_name, sealed_secrets, key_wrap, created_at, rotated_at, checked_at)
         values ('con_' || $1, $1, 'google', 'connected', '', '', '', now(), now(), now())`,
        [orgId],
      ),
    /** As often as it takes: what is found is done, what is not is never done. */
    async settleAll() {
      for (const { id, run: runNumber } of await deeds()) {
        const work = { orgId, deedId: String(id), run: Number(runNumber) };
        for (let attempt = 0; attempt < 3; attempt++) {
          await settle(work, { signal, attempt }).catch(() => undefined);
        }
      }
      return (await deeds()).map(({ state }) => state);
    },
  };
}

const outputOf = (outcome: { status: string; output?: unknown }) => outcome.output as Record<string, unknown>;

describe("web_search", () => {
  const hostile = [
    {
      title: "<b>Fine</b>",
      url: "https://example.com/a",
      text: `A &amp; B <script>alert(1)</script>\u202e\u200bhidden`,
    },
    { title: "No web", url: "javascript:alert(1)", text: "x" },
    { title: "Long", url: "https://example.com/b", text: "word ".repeat(2000) },
  ];

  test.each(["tavily", "brave", "searxng"] as const)(
    "%s gives short plain results, and nothing when it fails",
    async (vendor) => {
      const key = "a-right-key";
      const engine = await start(
        vendor === "tavily"
          ? startTavily({ apiKey: key, pages: hostile })
          : vendor === "brave"
            ? startBrave({ apiKey: key, pages: hostile })
            : startSearxng({ pages: hostile }),
      );
      const office = await openOffice({ TAVILY_BASE_URL: engine.url, BRAVE_BASE_URL: engine.url });
      if (vendor === "searxng") await office.connections.create({ vendor, baseUrl: `${engine.url}/` }, office.doing);
      else {
        const wrong = office.connections.create({ vendor, apiKey: "a-wrong-key" }, office.doing);
        await expect(wrong).rejects.toMatchObject({ code: "bad_request" });
        await office.connections.create({ vendor, apiKey: key }, office.doing);
      }
      const found = await office.run("web_search", { query: "parking" });
      const { results } = outputOf(found) as { results: { title: string; url: string; text: string }[] };
      expect(results.map(({ url }) => url)).toEqual(["https://example.com/a", "https://example.com/b"]);
      expect(results[0]?.title).toBe("Fine");
      expect(results[0]?.text).toMatch(/^A & B .*hidden$/);
      expect(results[0]?.text).not.toMatch(/[<>\u202e\u200b]/);
      expect(results[1]?.text.length).toBeLessThan(520);
      for (const fault of [
        { refuseStatus: 429 },
        { garbage: true },
        { floodBytes: 5_000_000 },
        { cut: "before" as const },
      ]) {
        engine.mend();
        engine.setFaults(fault);
        expect(await office.run("web_search", { query: "parking" })).toMatchObject({ status: "failed" });
      }
      engine.mend();
      engine.setFaults({ hang: "before" });
      const before = engine.asked.length;
      const hung = office.run("web_search", { query: "parking" });
      await expect.poll(() => engine.asked.length, { timeout: 5000 }).toBe(before + 1);
      await office.clock.advance(9000);
      expect(await hung).toMatchObject({ status: "failed" });
    },
  );

  test("a SearXNG that gives no JSON is refused with the mend", async () => {
    const engine = await start(startSearxng({ formats: ["html"] }));
    const office = await openOffice();
    const connecting = office.connections.create({ vendor: "searxng", baseUrl: engine.url }, office.doing);
    await expect(connecting).rejects.toThrow(/search\.formats/);
    const inside = office.connections.create({ vendor: "searxng", baseUrl: "http://10.0.0.1" }, office.doing);
    await expect(inside).rejects.toMatchObject({ code: "provider_failed" });
  });
});

const sheetSettings = {
  spreadsheet: "https://docs.google.com/spreadsheets/d/s1_abc/edit#gid=0",
  sheet: "Calls",
  columns: [
    { heading: "Name", required: true },
    { heading: "السؤال", description: "What they asked" },
    { heading: "Phone", fill: "caller-phone" },
    { heading: "When", fill: "time" },
  ],
};
const headings = ["When", "Name", "السؤال", "Phone", "Reference"];

describe("rows of a Google sheet", () => {
  async function openSheet() {
    const google = await start(startSheets({ spreadsheets: { s1_abc: { Calls: [headings] } } }));
    const office = await openOffice({ GOOGLE_BASE_URL: google.url });
    await office.connectGoogle();
    const rows = () => google.rows("s1_abc", "Calls");
    const append = (input: object, key?: string) =>
      office.run("append_sheet_row", input, { settings: sheetSettings, ...(key === undefined ? {} : { key }) });
    return { google, office, rows, append };
  }

  test("are written under their headings, as text, once", async () => {
    const desk = await openSheet();
    const tool = desk.office.tools.find(({ name }) => name === "append_sheet_row");
    expect(tool?.shapeFor?.(sheetSettings).inputSchema).toMatchObject({
      properties: { name: { type: "string" }, field_2: { description: "السؤال: What they asked" } },
      required: ["name"],
    });
    const input = { name: "=HYPERLINK(1)", field_2: "كم السعر؟" };
    const [first, second] = await Promise.all([desk.append(input), desk.append(input)]);
    expect(first).toMatchObject({ status: "ok", output: { row: 2 } });
    expect(second).toEqual(first);
    const reference = String(outputOf(first)["reference"]);
    expect(desk.rows()).toEqual([
      headings,
      ["2026-11-23T15:00Z", "=HYPERLINK(1)", "كم السعر؟", "+971501234567", reference],
    ]);
    expect(await desk.append({ field_2: "x" })).toMatchObject({
      status: "failed",
      publicMessage: "name: must be given.",
    });
    expect(await desk.append({ name: "A", shoe: "x" })).toMatchObject({ status: "failed" });
    desk.google.edit("s1_abc", "Calls", ([first]) => first?.splice(1, 1, "Caller"));
    expect(await desk.append({ name: "B" })).toMatchObject({ status: "failed" });
    const { orgId } = desk.office;
    const settings = tool?.settings?.parse(sheetSettings);
    const probing = tool?.probe?.({ orgId, agentId: "a", connectionId: `con_${orgId}`, settings, signal });
    await expect(probing).rejects.toThrow("“Name”");
  });

  test("whose answer is lost are found, and those that never were are written by the next wish", async () => {
    const desk = await openSheet();
    desk.google.setFaults({ cut: "after", methods: ["POST"] });
    expect(await desk.append({ name: "Ali" }, "lost")).toMatchObject({ status: "uncertain" });
    expect(await desk.append({ name: "Ali" }, "lost")).toMatchObject({ status: "uncertain" });
    desk.google.mend();
    expect(await desk.office.settleAll()).toEqual(["done"]);
    expect(await desk.append({ name: "Ali" }, "lost")).toMatchObject({ status: "ok", output: { row: 2 } });
    desk.google.setFaults({ cut: "before", methods: ["POST"] });
    expect(await desk.append({ name: "Mona" }, "never")).toMatchObject({ status: "uncertain" });
    desk.google.mend();
    expect(new Set(await desk.office.settleAll())).toEqual(new Set(["done", "lost"]));
    expect(await desk.append({ name: "Mona" }, "never")).toMatchObject({ status: "ok", output: { row: 3 } });
    desk.google.setFaults({ refuseStatus: 429, methods: ["POST"] });
    expect(await desk.append({ name: "Full" }, "refused")).toMatchObject({ status: "failed" });
    expect(desk.rows().map((row) => row[1])).toEqual(["Name", "Ali", "Mona"]);
  });

  test("are changed where one row has the value", async () => {
    const desk = await openSheet();
    desk.google.edit("s1_abc", "Calls", (rows) => {
      rows.push(
        ["", "Ali", "", "+971 50 123 4567", "r1"],
        ["", "Mona", "", "+20100", "r2"],
        ["", "Twin", "", "+20100", "r3"],
      );
    });
    const settings = { ...sheetSettings, matchHeading: "Phone", columns: sheetSettings.columns.slice(0, 2) };
    const update = (input: object) => desk.office.run("update_sheet_row", input, { settings });
    expect(await update({ match: "+971501234567", name: "Ali Hassan" })).toMatchObject({
      status: "ok",
      output: { row: 2 },
    });
    expect(await update({ match: "+20100", name: "X" })).toMatchObject({ status: "failed" });
    expect(await update({ match: "+999", name: "X" })).toMatchObject({ status: "failed" });
    expect(await update({ match: "+971501234567" })).toMatchObject({ status: "failed" });
    desk.google.setFaults({ hang: "after", methods: ["PUT"] });
    const hung = update({ match: "+971501234567", name: "Ali H." });
    await expect.poll(() => desk.google.asked.filter((asked) => asked.startsWith("PUT")).length).toBe(2);
    await desk.office.clock.advance(13_000);
    expect(await hung).toMatchObject({ status: "uncertain" });
    desk.google.mend();
    expect(await desk.office.settleAll()).toContain("done");
    expect(desk.rows().map((row) => row[1])).toEqual(["Name", "Ali H.", "Mona", "Twin"]);
  });
});

describe("contacts in HubSpot", () => {
  async function openPortal(options: Parameters<typeof startHubSpot>[0] = {}) {
    const hubspot = await start(startHubSpot({ accessToken: "pat-right", properties: ["lead_source"], ...options }));
    const office = await openOffice({ HUBSPOT_BASE_URL: hubspot.url });
    await office.connections.create({ vendor: "hubspot", apiKey: "pat-right" }, office.doing);
    const settings = { fields: [{ name: "lead_source" }], country: "AE" };
    const upsert = (input: object, key?: string) =>
      office.run("upsert_crm_contact", input, { settings, ...(key === undefined ? {} : { key }) });
    return { hubspot, office, upsert };
  }

  test("are made once, found again by phone and by e-mail, also while the index is late", async () => {
    const desk = await openPortal();
    const made = await desk.upsert({ firstName: "Ali", phone: "050 123 4567", lead_source: "phone" });
    expect(made).toMatchObject({ status: "ok", output: { created: true } });
    const id = outputOf(made)["contactId"];
    const again = await desk.upsert({ lastName: "Hassan", email: "Ali@Example.com" });
    expect(again).toMatchObject({ status: "ok", output: { contactId: id, created: false } });
    desk.hubspot.setIndexed(false);
    await desk.upsert({ firstName: "Mona", email: "mona@example.com", phone: "+20100000001" });
    const late = await desk.upsert({ lastName: "Adel", email: "mona@example.com", phone: "+20100000002" });
    expect(late).toMatchObject({ status: "ok", output: { created: false } });
    expect(desk.hubspot.contacts().map(({ properties }) => properties)).toEqual([
      { firstname: "Ali", phone: "+971501234567", lead_source: "phone", lastname: "Hassan", email: "ali@example.com" },
      { firstname: "Mona", email: "mona@example.com", phone: "+20100000002", lastname: "Adel" },
    ]);
    expect(await desk.upsert({ firstName: "X", email: "no address" })).toMatchObject({ status: "failed" });
  });

  test("whose answer is lost are found when the index has them", async () => {
    const desk = await openPortal();
    desk.hubspot.setIndexed(false);
    // The search is a POST too: it goes first.
    const wish = { firstName: "Ali", email: "ali@example.com" };
    desk.hubspot.setFaults({ cut: "after", methods: ["PATCH"] });
    await desk.upsert(wish, "first");
    desk.hubspot.setIndexed(true);
    expect(await desk.upsert({ ...wish, lastName: "Hassan" }, "lost")).toMatchObject({ status: "uncertain" });
    desk.hubspot.mend();
    expect(await desk.office.settleAll()).toEqual(["done", "done"]);
    expect(desk.hubspot.contacts()).toHaveLength(1);
  });

  test("that are two of a kind are left alone", async () => {
    const twins = ["a@b.co", "c@d.co"].map((email) => ({ email, phone: "+971501234567" }));
    const desk = await openPortal({ contacts: twins });
    expect(await desk.upsert({ firstName: "Ali" })).toMatchObject({ status: "failed" });
    expect(desk.hubspot.contacts().map(({ properties }) => properties)).toEqual(twins);
  });
});

describe("contacts in Salesforce", () => {
  async function openOrganization(options: SalesforceOptions = {}) {
    const salesforce = await start(
      startSalesforce({ externalIds: ["Phone_Key__c"], fields: ["Reason__c"], ...options }),
    );
    const office = await openOffice({ SALESFORCE_BASE_URL: salesforce.url });
    const account = { vendor: "salesforce", domain: "acme.my.salesforce.com", clientId: "consumer-key" } as const;
    const wrong = office.connections.create({ ...account, clientSecret: "consumer-wrong" }, office.doing);
    await expect(wrong).rejects.toMatchObject({ code: "bad_request" });
    const { id } = await office.connections.create({ ...account, clientSecret: "consumer-secret" }, office.doing);
    const upsert = (input: object, settings: object = {}, key?: string) =>
      office.run("upsert_crm_contact", input, {
        settings: { fields: [{ name: "Reason__c" }], ...settings },
        ...(key === undefined ? {} : { key }),
      });
    return { id, salesforce, office, upsert };
  }

  test("are made, then changed; quotes are no code; an ended session is begun again", async () => {
    const desk = await openOrganization();
    const made = await desk.upsert({ firstName: "Mona", email: "o'neil@example.com", reason_c: "price" });
    expect(made).toMatchObject({ status: "ok", output: { created: true } });
    desk.salesforce.expireSessions();
    expect(await desk.upsert({ lastName: "Adel", email: "o'neil@example.com" })).toMatchObject({
      ...{ status: "ok", output: { contactId: outputOf(made)["contactId"], created: false } },
    });
    expect(desk.salesforce.contacts()).toMatchObject([
      { LastName: "Adel", Email: "o'neil@example.com", Reason__c: "price" },
    ]);
    expect(desk.salesforce.contacts()).toHaveLength(1);
  });

  test("with an external id ten at once are one", async () => {
    const desk = await openOrganization();
    const settings = { externalIdField: "Phone_Key__c" };
    const wishes = Array.from({ length: 10 }, (_, at) => desk.upsert({ lastName: "Adel" }, settings, `key ${at}`));
    expect((await Promise.all(wishes)).every(({ status }) => status === "ok")).toBe(true);
    expect(desk.salesforce.contacts()).toMatchObject([{ Phone_Key__c: "+971501234567" }]);
    desk.salesforce.setFaults({ cut: "after", methods: ["PATCH"] });
    expect(await desk.upsert({ lastName: "New" }, settings, "lost")).toMatchObject({ status: "uncertain" });
    desk.salesforce.mend();
    expect((await desk.office.settleAll()).every((state) => state === "done")).toBe(true);
  });

  test("that their duplicate rules object to are made only where the owner wants it", async () => {
    const contacts = [{ LastName: "Adel", FirstName: "Mona" }];
    const desk = await openOrganization({ blocksDuplicates: true, contacts });
    const twin = { lastName: "Adel", firstName: "Mona", email: "mona@example.com" };
    expect(await desk.upsert(twin, {}, "a")).toMatchObject({ status: "failed" });
    expect(desk.salesforce.contacts()).toHaveLength(1);
    expect(await desk.upsert(twin, { allowDuplicates: true }, "b")).toMatchObject({ status: "ok" });
    expect(desk.salesforce.contacts()).toHaveLength(2);
    desk.salesforce.setFaults({ refuseStatus: 403 });
    expect(await desk.office.connections.check(desk.id, desk.office.doing)).toMatchObject({ status: "failed" });
  });
});
