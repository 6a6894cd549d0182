/** Agents over the real program: made from templates, tried as drafts, published, called by text. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningPlatform, startPlatform } from "../../testing/running-platform.ts";

const minute = 60_000;
let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, minute);
afterAll(() => platform?.dispose(), minute);

type Body = Record<string, unknown>;

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" || text === "null" ? {} : JSON.parse(text)) as Body };
}

/** A text call; the replies to each sentence, the greeting first. */
async function talk(start: object, ...sentences: readonly string[]): Promise<string[]> {
  const { status, body } = await ask("POST", "/calls", { channel: "text", ...start });
  expect(status, JSON.stringify(body)).toBe(201);
  const replies: string[] = [];
  for (const text of ["", ...sentences]) {
    const said = await ask("POST", `/calls/${String(body["callId"])}/messages`, { text });
    expect(said.status, JSON.stringify(said.body)).toBe(200);
    replies.push(String(said.body["reply"]));
  }
  return replies;
}

async function createFrom(templateId: string): Promise<string> {
  const { status, body } = await ask("POST", "/agents", { templateId });
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body["id"]);
}

const english = {
  question: "What are your opening hours?",
  answer: /open/,
  robot: "Are you a robot?",
  admits: /automated assistant/,
  ai: /\bAI\b/,
};
const arabic = {
  question: "مواعيدكم إيه؟",
  answer: /الساعة|من/,
  robot: "إنت روبوت؟",
  admits: /الآلي/,
  ai: /الذكاء الاصطناعي/,
};

describe("every template of the gallery", () => {
  test("becomes an agent that holds a short call without a model", { timeout: minute }, async () => {
    const { body } = await ask("GET", "/agent-templates");
    const templates = body["items"] as { id: string; language: string }[];
    expect(templates).toHaveLength(7);
    for (const { id, language } of templates) {
      const words = language.startsWith("ar") ? arabic : english;
      const agentId = await createFrom(id);
      const [greeting, hours, robot] = await talk({ agentId, version: "draft" }, words.question, words.robot);
      // Outside its hours a template may greet otherwise; that an AI answers is said all the same.
      expect(greeting, id).toMatch(words.ai);
      expect(hours, id).toMatch(words.answer);
      expect(robot, id).toMatch(words.admits);
    }
  });
});

describe("an agent", () => {
  test("answers when it is published, with the version that was", { timeout: minute }, async () => {
    const agentId = await createFrom("salon");
    const unpublished = await ask("POST", "/calls", { channel: "text", agentId });
    expect(unpublished).toMatchObject({ status: 400, body: { code: "bad_request" } });
    const config = {
      greeting: "Hello {{customer.name}}!",
      variables: [{ name: "customer.name", required: true }],
      aiDisclosure: { when: "when-asked" },
      openingHours: null,
    };
    expect((await ask("PATCH", `/agents/${agentId}`, { revision: 1, config })).status).toBe(200);
    expect((await ask("PATCH", `/agents/${agentId}`, { revision: 1, config })).status).toBe(409);
    expect((await ask("POST", `/agents/${agentId}/versions`, { revision: 2, note: "first" })).status).toBe(201);
    const missing = await ask("POST", "/calls", { channel: "text", agentId });
    expect(missing.body["detail"]).toContain("variables.customer.name");
    const variables = { "customer.name": "Ada" };
    expect(await talk({ agentId, variables })).toEqual(["Hello Ada!"]);
    await ask("PATCH", `/agents/${agentId}`, { revision: 2, config: { greeting: "Bye {{customer.name}}!" } });
    expect(await talk({ agentId, variables })).toEqual(["Hello Ada!"]);
    expect(await talk({ agentId, variables, version: "draft" })).toEqual(["Bye Ada!"]);
    const { body } = await ask("GET", `/agents/${agentId}/diff`);
    expect(body["differences"]).toMatchObject([{ path: "greeting", kind: "changed" }]);
    expect((await ask("POST", `/agents/${agentId}/versions/1/roll-back`, {})).body).toMatchObject({ version: 2 });
  });

  test("books by its own hours and services", { timeout: minute }, async () => {
    const agentId = await createFrom("restaurant");
    await ask("PATCH", `/agents/${agentId}`, { revision: 1, config: { openingHours: null } });
    await ask("POST", `/agents/${agentId}/versions`, { revision: 2 });
    const said = ["I would like to book a table for two", "tomorrow at 8 pm", "Sara Ahmed", "0207 946 0958", "yes"];
    const replies = await talk({ agentId }, ...said);
    expect(replies.join(" | ")).toMatch(/You're all set/);
  });

  test("with a fault is not stored, and the answer names the field", { timeout: minute }, async () => {
    const undeclared = await ask("POST", "/agents", { config: { name: "X", greeting: "Hi {{who}}" } });
    expect(undeclared.status).toBe(400);
    expect(undeclared.body["errors"]).toMatchObject([{ field: "config.greeting" }]);
    const unknown = await ask("POST", "/agents", { config: { name: "X", apiKey: "secret" } });
    expect(unknown.status).toBe(400);
    expect((await ask("POST", "/agents", {})).body["detail"]).toMatch(/name/);
    expect((await ask("POST", "/agents", { templateId: "nothing" })).status).toBe(404);
    expect((await ask("GET", "/agents/agent_nobody")).status).toBe(404);
    expect((await ask("POST", "/calls", { channel: "text", agentId: "agent_nobody" })).status).toBe(404);
  });

  test("travels as one file, and ends", { timeout: minute }, async () => {
    const agentId = await createFrom("help-desk");
    const { body: file } = await ask("GET", `/agents/${agentId}/export`);
    const back = await ask("POST", "/agents/import", file);
    expect(back.status).toBe(201);
    expect(back.body["config"]).toEqual(file["agent"]);
    expect((await ask("POST", "/agents/import", { ...file, version: 2 })).status).toBe(400);
    expect((await ask("DELETE", `/agents/${agentId}`)).status).toBe(204);
    expect((await ask("GET", `/agents/${agentId}`)).status).toBe(404);
  });
});

describe("the demo", () => {
  test("answers in English, and in Arabic when that is asked for", { timeout: minute }, async () => {
    expect((await talk({}))[0]).toBe("Thank you for calling Bright Smile Dental. How can I help you today?");
    expect((await talk({ language: "ar-EG" }))[0]).toContain("عيادة ابتسامة");
    expect((await talk({ language: "fr-FR" }))[0]).toContain("Bright Smile");
    const { body } = await ask("GET", "/agents?limit=2");
    expect((body["items"] as Body[]).map(({ id }) => id)).toEqual(["agent_demo", "agent_demo_ar"]);
  });
});
