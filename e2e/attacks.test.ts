/** What an attacker tried on the running program, and what it answers. */
import { randomUUID } from "node:crypto";
import { permissionsOf } from "@parley/contract/permission";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { type Platform, startPlatform } from "./platform.ts";

const minute = 60_000;
let platform: Platform;
/** Of an owner who signed up. */
let token = "";

async function post(path: string, body: unknown, bearer?: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

const fieldOf = (text: string, name: string) => String((JSON.parse(text) as Record<string, unknown>)[name]);

async function signUp(organizationName: string): Promise<{ status: number; text: string }> {
  const email = `${randomUUID()}@example.org`;
  return await post("/auth/sign-up", { email, password: "correct horse battery", name: "Mallory", organizationName });
}

beforeAll(async () => {
  const port = String(await freePort());
  // As its owner puts it on the internet: everything on one machine, strangers sign up.
  platform = await startPlatform({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
  token = fieldOf((await signUp("Clinic")).text, "accessToken");
}, minute);

afterAll(() => platform.stop());

test("a key that may write members alone makes nobody who may do more than it", async () => {
  const keyWith = async (permissions: string[]) =>
    fieldOf((await post("/api-keys", { name: "members", permissions }, token)).text, "key");
  const invite = async (role: string, key: string) =>
    (await post("/invitations", { email: `${randomUUID()}@example.org`, role }, key)).status;
  const narrow = await keyWith(["members:write"]);
  expect([await invite("admin", narrow), await invite("viewer", narrow)]).toEqual([403, 403]);
  const wide = await keyWith(["members:write", ...permissionsOf.viewer]);
  expect([await invite("admin", wide), await invite("viewer", wide)]).toEqual([403, 201]);
});

test("an installation with a PUBLIC_URL sends no events to itself: strangers would reach what listens there", async () => {
  const urls = ["http://127.0.0.1:9/", "https://localhost:9/", "http://[::1]:9/", "https://2130706433/"];
  for (const url of urls) {
    const made = await post("/webhooks", { url, events: ["call.started"] }, token);
    if (made.status === 400) continue;
    const ping = await post(`/webhooks/${fieldOf(made.text, "id")}/ping`, {}, token);
    expect(ping.text, url).toContain("address-not-allowed");
  }
  expect((await post("/webhooks", { url: urls[0], events: ["call.started"] }, token)).status).toBe(400);
});

test("an organisation's name, which stands in mails to strangers, is one line", async () => {
  for (const name of ["Clinic\r\n\r\nYou won: evil.example", "Clinic\u202Egpj"]) {
    const { status, text } = await signUp(name);
    expect([status, text]).toEqual([400, expect.stringContaining("organizationName: must be one line")]);
  }
  expect((await signUp("عيادة الأسنان")).status).toBe(201);
});
