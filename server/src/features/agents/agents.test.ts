import { agentConfig } from "@parley/contract/agent-config";
import { describe, expect, test } from "vitest";
import { AppError } from "../../kernel/app-error.ts";
import { systemClock } from "../../kernel/clock.ts";
import { newKey } from "../../platform/crypto/envelope.ts";
import { type TestDatabase, testDatabase } from "../../testing/test-database.ts";
import { createAuditLog } from "../audit/index.ts";
import { createOrganizations } from "../organizations/index.ts";
import { createBuiltInTools, faultsByTool } from "../tools/index.ts";
import { createAgents } from "./agents.ts";
import { demoAgents } from "./demo-agents.ts";
import { createProfileReader } from "./profile-reader.ts";

const actor = { kind: "user", id: "user_1" } as const;
const doer = { orgId: "org_1", actor };
const other = { orgId: "org_2", actor };

async function openAgents(db: TestDatabase, inUse: readonly string[] = []) {
  const organizations = createOrganizations({ db: db.orgDb, masterKey: newKey() });
  await organizations.ensure({ orgId: "org_1", name: "One" });
  await organizations.ensure({ orgId: "org_2", name: "Two" });
  return createAgents({
    ...{ db: db.orgDb, organizations, clock: systemClock, audit: createAuditLog({ clock: systemClock }) },
    toolsOf: async () => faultsByTool(createBuiltInTools({} as Parameters<typeof createBuiltInTools>[0])),
    isAgentInUse: async (_tx, { agentId }) => inUse.includes(agentId),
  });
}

const config = (fields: object = {}) => agentConfig.parse({ name: "Desk", greeting: "Hello.", ...fields });
const made = { config: config(), action: "agents.create" };
const everything = { limit: 100 };

/** The error's code and words. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error("it was not refused", { cause: error });
  return { code: error.code, message: error.publicMessage };
}

describe("a draft", () => {
  test("is changed from the revision that was read, and from no other", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id, revision } = await agents.create(doer, made);
    const changed = await agents.change(doer, { agentId: id, revision, fields: { greeting: "Good day." } });
    expect(changed).toMatchObject({ revision: 2, config: { greeting: "Good day.", name: "Desk" } });
    const stale = await refusal(agents.change(doer, { agentId: id, revision, fields: { greeting: "Lost." } }));
    expect(stale.code).toBe("conflict");
    expect(stale.message).toContain("revision");
    expect((await agents.get("org_1", id)).config.greeting).toBe("Good day.");
  });

  test("two changes from one revision: one wins, one is told", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id: agentId } = await agents.create(doer, made);
    const changes = ["A.", "B."].map((greeting) => agents.change(doer, { agentId, revision: 1, fields: { greeting } }));
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("with a fault is refused with the field and the mend", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const create = (fields: object) => refusal(agents.create(doer, { ...made, config: config(fields) }));
    expect(await create({ voice: { provider: "elevenlabs", options: { speed: 9 } } })).toMatchObject({
      code: "bad_request",
      message: expect.stringContaining("config.voice.options.speed: ") as string,
    });
    const withKey = await create({ model: { provider: "openai", options: { apiKey: "sk-1" } } });
    expect(withKey.message).toContain('config.model.options: Unrecognized key: "apiKey"');
    const wrongStage = await create({ recogniser: { provider: "elevenlabs" } });
    expect(wrongStage.message).toMatch(/config.recogniser.provider: elevenlabs offers none. There are: deepgram/);
    const standby = await create({ model: { provider: "openai", standbys: [{ provider: "nobody" }] } });
    expect(standby.message).toContain("config.model.standbys.0.provider");
    expect((await create({ tools: { fly: true } })).message).toContain("config.tools.fly");
    const settings = await create({ toolSettings: { fly: {}, take_message: { speed: 9 } } });
    expect(settings.message).toContain("config.toolSettings.fly: there is no such tool");
    expect(settings.message).toContain("config.toolSettings.take_message.speed: ");
    expect((await create({ handoffs: [{ agentId: "agent_x", when: "never" }] })).message).toContain(
      "handoffs.0.agentId",
    );
    const { id } = await agents.create(doer, made);
    const undeclared = agents.change(doer, { agentId: id, revision: 1, fields: { greeting: "Hi {{who}}" } });
    expect((await refusal(undeclared)).message).toContain("config.greeting: uses {{who}}");
    expect((await agents.list("org_1", everything)).items).toHaveLength(1);
  });

  test("is no one else's: not to be read, changed, published or deleted by another organisation", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id } = await agents.create(doer, made);
    const attempts: (() => Promise<unknown>)[] = [
      () => agents.get("org_2", id),
      () => agents.change(other, { agentId: id, revision: 1, fields: {} }),
      () => agents.publish(other, { agentId: id, revision: 1, note: "" }),
      () => agents.duplicate(other, { agentId: id }),
      () => agents.remove(other, id),
      () => agents.exportFile("org_2", { agentId: id, version: "draft" }),
    ];
    for (const attempt of attempts) expect((await refusal(attempt())).code).toBe("not_found");
    expect(await agents.findRunnable("org_2", { agentId: id, version: "draft" })).toBeUndefined();
    expect((await agents.list("org_2", everything)).items).toEqual([]);
    const handoffs = [{ agentId: id, when: "always" }];
    const reach = await refusal(agents.create(other, { ...made, config: config({ handoffs }) }));
    expect(reach.code).toBe("not_found");
  });

  test("lies sealed in the database, and every deed is in the audit log without content", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id } = await agents.create(doer, { ...made, config: config({ greeting: "Ask for Rumpelstiltskin." }) });
    await agents.change(doer, { agentId: id, revision: 1, fields: { instructions: "Whisper Rapunzel." } });
    await agents.publish(doer, { agentId: id, revision: 2, note: "Cinderella" });
    const { rows } = await db.asAdmin(
      "select encode(sealed_draft, 'escape') a, (select encode(sealed_config, 'escape') from agent_versions) b from agents",
    );
    expect(JSON.stringify(rows)).not.toMatch(/Rumpel|Rapunzel|Cinderella/);
    const audit = await db.asAdmin("select action, subject, facts from audit_entries order by seq");
    expect(audit.rows.map((row) => row["action"])).toEqual(["agents.create", "agents.change", "agents.publish"]);
    expect(audit.rows[1]).toMatchObject({ subject: id, facts: { revision: 2, fields: ["instructions"] } });
    expect(JSON.stringify(audit.rows)).not.toMatch(/Rumpel|Rapunzel|Cinderella/);
  });
});

describe("published versions", () => {
  test("are numbered, keep who and why, and never change, not even for SQL", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id } = await agents.create(doer, made);
    const first = await agents.publish(doer, { agentId: id, revision: 1, note: "opening" });
    expect(first).toMatchObject({ version: 1, note: "opening", publishedBy: { kind: "user", id: "user_1" } });
    await agents.change(doer, { agentId: id, revision: 1, fields: { greeting: "Second." } });
    expect((await agents.get("org_1", id)).hasUnpublishedChanges).toBe(true);
    expect((await agents.findRunnable("org_1", {}))?.config.greeting).toBe("Hello.");
    await agents.publish(doer, { agentId: id, revision: 2, note: "" });
    expect((await agents.findRunnable("org_1", {}))?.config.greeting).toBe("Second.");
    expect((await agents.getVersion("org_1", id, 1)).config.greeting).toBe("Hello.");
    const page = await agents.listVersions("org_1", id, { limit: 1 });
    expect(page.items.map(({ version }) => version)).toEqual([2]);
    const rest = await agents.listVersions("org_1", id, { limit: 1, cursor: page.nextCursor ?? "" });
    expect(rest).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
    for (const statement of ["update agent_versions set version = 9", "delete from agent_versions"]) {
      await expect(db.orgDb.withOrg("org_1", (tx) => tx.execute(statement))).rejects.toThrow();
    }
  });

  test("two at once from one revision get two numbers", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id: agentId } = await agents.create(doer, made);
    const both = ["a", "b"].map((note) => agents.publish(doer, { agentId, revision: 1, note }));
    expect((await Promise.all(both)).map(({ version }) => version)).toEqual(expect.arrayContaining([1, 2]));
  });

  test("differ by readable paths, and an old one comes back as a new one", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id: agentId } = await agents.create(doer, made);
    await agents.publish(doer, { agentId, revision: 1, note: "" });
    const fields = {
      greeting: "New.",
      keyterms: ["tooth"],
      openingHours: { weekly: { monday: [{ opens: "09:00", closes: "17:00" }] } },
    };
    await agents.change(doer, { agentId, revision: 1, fields });
    const { differences } = await agents.compare("org_1", { agentId, from: "published", to: "draft" });
    expect(differences).toContainEqual({ path: "greeting", kind: "changed", before: "Hello.", after: "New." });
    expect(differences).toContainEqual({ path: "keyterms.0", kind: "added", after: "tooth" });
    const fieldsThatDiffer = new Set(differences.map(({ path }) => path.split(".")[0]));
    expect(fieldsThatDiffer).toEqual(new Set(["greeting", "keyterms", "openingHours"]));
    await agents.publish(doer, { agentId, revision: 2, note: "" });
    const back = await agents.rollBack(doer, { agentId, version: 1, note: "too new" });
    expect(back).toMatchObject({ version: 3, rolledBackFrom: 1, config: { greeting: "Hello." } });
    expect(await agents.compare("org_1", { agentId, from: 1, to: "draft" })).toEqual({ differences: [] });
    expect((await agents.get("org_1", agentId)).hasUnpublishedChanges).toBe(false);
    expect((await agents.findRunnable("org_1", { agentId }))?.version).toBe(3);
  });
});

describe("copies and ends", () => {
  test("a file leaves out what is the organisation's own, and makes the same agent elsewhere", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id: friend } = await agents.create(doer, made);
    const own = config({ handoffs: [{ agentId: friend, when: "asked" }], knowledgeIds: ["knowledge_1"] });
    const { id } = await agents.create(doer, { ...made, config: own });
    const file = await agents.exportFile("org_1", { agentId: id, version: "draft" });
    expect(JSON.stringify(file)).not.toMatch(/agent_|knowledge_1|org_/);
    const there = await agents.create(other, { config: file.agent, action: "agents.import" });
    expect(there.config).toEqual({ ...own, handoffs: [], knowledgeIds: [] });
  });

  test("a copy has a name of its own; what is in use is not deleted", async () => {
    await using db = await testDatabase();
    const inUse: string[] = [];
    const agents = await openAgents(db, inUse);
    const { id } = await agents.create(doer, made);
    const copy = await agents.duplicate(doer, { agentId: id });
    expect(copy).toMatchObject({ name: "Desk (2)", publishedVersion: null });
    await agents.publish(doer, { agentId: id, revision: 1, note: "" });
    inUse.push(id);
    expect((await refusal(agents.remove(doer, id))).code).toBe("conflict");
    await agents.remove(doer, copy.id);
    expect((await agents.list("org_1", everything)).items.map((agent) => agent.id)).toEqual([id]);
  });

  test("lists go on where the page before ended", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    for (const name of ["A", "B", "C"]) await agents.create(doer, { ...made, config: config({ name }) });
    const first = await agents.list("org_1", { limit: 2 });
    const second = await agents.list("org_1", { limit: 2, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["A", "B", "C"]);
    expect(second.nextCursor).toBeNull();
    expect((await refusal(agents.list("org_1", { limit: 2, cursor: "nonsense" }))).code).toBe("bad_request");
  });
});

describe("who answers", () => {
  test("the demo's two are seeded once, with their ids, and chosen by language", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    await Promise.all([agents.seed(doer, demoAgents), agents.seed(doer, demoAgents)]);
    await agents.seed(doer, demoAgents);
    const { items } = await agents.list("org_1", everything);
    expect(items.map(({ id, publishedVersion }) => [id, publishedVersion])).toEqual([
      ["agent_demo", 1],
      ["agent_demo_ar", 1],
    ]);
    expect((await agents.findRunnable("org_1", {}))?.agentId).toBe("agent_demo");
    expect((await agents.findRunnable("org_1", { language: "ar-SA" }))?.agentId).toBe("agent_demo_ar");
    expect((await agents.findRunnable("org_1", { language: "fr" }))?.agentId).toBe("agent_demo");
    expect(await agents.findRunnable("org_1", { agentId: "agent_nobody" })).toBeUndefined();
    await agents.remove(doer, "agent_demo");
    await agents.seed(doer, demoAgents);
    expect((await agents.list("org_1", everything)).items).toHaveLength(1);
  });

  test("one that was never published answers only when its draft is asked for", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    const { id: agentId } = await agents.create(doer, made);
    expect(await agents.findRunnable("org_1", {})).toBeUndefined();
    expect((await refusal(agents.findRunnable("org_1", { agentId }))).message).toMatch(/never published/);
    expect(await agents.findRunnable("org_1", { agentId, version: "draft" })).toMatchObject({ version: "draft" });
  });

  test("the tools book by the stored version, and by a new one soon after it was published", async () => {
    await using db = await testDatabase();
    const agents = await openAgents(db);
    await agents.seed(doer, demoAgents);
    let nowMs = 0;
    const clock = { ...systemClock, now: () => nowMs };
    const profileOf = createProfileReader({ agents, clock });
    const asked = { orgId: "org_1", agentId: "agent_demo" };
    expect(await profileOf(asked)).toMatchObject({
      timeZone: "America/New_York",
      country: "US",
      slotEveryMs: 1_800_000,
    });
    expect((await profileOf(asked))?.openingHours[6]).toEqual([{ from: "10:00", to: "14:00" }]);
    await agents.change(doer, { agentId: "agent_demo", revision: 1, fields: { booking: { slotEveryMinutes: 15 } } });
    await agents.publish(doer, { agentId: "agent_demo", revision: 2, note: "" });
    expect((await profileOf(asked))?.slotEveryMs).toBe(1_800_000);
    nowMs = 10_001;
    expect((await profileOf(asked))?.slotEveryMs).toBe(900_000);
    expect(await profileOf({ orgId: "org_2", agentId: "agent_demo" })).toBeUndefined();
  });
});
