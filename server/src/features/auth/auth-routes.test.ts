/** People over HTTP, in the program as `npm start` runs it. */
import { generate } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningPlatform, startPlatform, waitUntil } from "../../testing/running-platform.ts";

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform({
    MEDIA_PROCESSES: "1",
    STRICT_REQUESTS_PER_MINUTE: "1000",
    RATE_LIMIT_STRICT: "1000",
  });
}, 60_000);
afterAll(() => platform.dispose());

interface Asked {
  readonly body?: object;
  readonly token?: string;
  readonly cookies?: readonly string[];
  readonly origin?: string;
}

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly cookies: string[];
  readonly setCookies: string[];
}

async function ask(method: string, path: string, { body, token, cookies, origin }: Asked = {}): Promise<Answer> {
  const answer = await fetch(`${platform.url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookies === undefined ? {} : { cookie: cookies.join("; ") }),
      ...(origin === undefined ? {} : { origin }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const setCookies = answer.headers.getSetCookie();
  return {
    status: answer.status,
    json: text === "" ? {} : JSON.parse(text),
    cookies: setCookies.map((line) => line.split(";")[0] ?? ""),
    setCookies,
  };
}

const textOf = (answer: Pick<Answer, "json">, name: string) => String(answer.json[name]);
const listOf = <T>(answer: Pick<Answer, "json">, name: string) => answer.json[name] as T[];

const password = "correct horse battery";

const signUp = (email: string, more: Asked & { organizationName?: string } = {}) =>
  ask("POST", "/api/v1/auth/sign-up", { ...more, body: { email, password, name: "Omar", organizationName: "Omar's" } });

describe("a program", () => {
  test("signs up, reads itself, is asked for a second factor, refreshes, and signs out", async () => {
    const first = await signUp("program@example.com");
    expect([first.status, first.setCookies]).toEqual([201, []]);
    const token = textOf(first, "accessToken");
    const account = await ask("GET", "/api/v1/account", { token });
    expect(account.json).toMatchObject({ email: "program@example.com", organizations: [{ role: "owner" }] });
    expect((await ask("GET", "/api/v1/calls", { token })).json["items"]).toEqual([]);

    const started = await ask("POST", "/api/v1/account/totp", { token, body: { currentPassword: password } });
    const code = await generate({ secret: textOf(started, "secret") });
    const confirmed = await ask("POST", "/api/v1/account/totp/confirm", { token, body: { code } });
    expect(confirmed.json["recoveryCodes"]).toHaveLength(10);
    const signIn = (more: object) =>
      ask("POST", "/api/v1/auth/sign-in", { body: { email: "program@example.com", password, ...more } });
    expect(await signIn({})).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
    expect((await signIn({ code })).status).toBe(401);
    expect((await signIn({ recoveryCode: listOf<string>(confirmed, "recoveryCodes")[0] })).status).toBe(200);

    const refresh = (refreshToken: string) => ask("POST", "/api/v1/auth/token", { body: { refreshToken } });
    const fresh = await refresh(textOf(first, "refreshToken"));
    expect(fresh.status).toBe(200);
    expect(
      (await ask("POST", "/api/v1/auth/sign-out", { body: { refreshToken: textOf(fresh, "refreshToken") } })).status,
    ).toBe(200);
    expect((await ask("GET", "/api/v1/account", { token: textOf(fresh, "accessToken") })).status).toBe(401);
    expect((await refresh(textOf(fresh, "refreshToken"))).status).toBe(401);
  });

  test("with an API key has no account, and with a broken token nothing", async () => {
    expect((await ask("GET", "/api/v1/account", { token: platform.apiKey })).status).toBe(403);
    expect((await ask("GET", "/api/v1/system", { token: platform.apiKey })).status).toBe(200);
    for (const token of ["a.b.c", "pk_demo_wrong"]) {
      expect((await ask("GET", "/api/v1/system", { token })).status).toBe(401);
    }
    expect((await ask("GET", "/api/v1/account")).status).toBe(401);
  });

  test("is told which fields are wrong", async () => {
    const refused = await ask("POST", "/api/v1/auth/sign-up", {
      body: { email: "no", password: "short", name: "A", timeZone: "Mars/Base" },
    });
    expect(refused.status).toBe(400);
    expect(listOf<{ field: string }>(refused, "errors").map((each) => each.field)).toEqual([
      "email",
      "password",
      "timeZone",
    ]);
  });

  test("asks for a reset and hears the same whoever it is", async () => {
    await signUp("known@example.com");
    const reset = (email: string) => ask("POST", "/api/v1/auth/password-reset-requests", { body: { email } });
    expect(await reset("known@example.com")).toEqual(await reset("unknown@example.com"));
  });
});

describe("a page", () => {
  test("holds its tokens as cookies that no script reads, and only our own origin may use them", async () => {
    const origin = platform.url;
    const { json, cookies, setCookies } = await signUp("page@example.com", { origin });
    expect(json).toMatchObject({ accessToken: null, refreshToken: null });
    expect(setCookies).toHaveLength(2);
    for (const line of setCookies) expect(line).toMatch(/; HttpOnly; SameSite=Strict/);
    expect(setCookies.find((line) => line.startsWith("parley_session="))).toContain("Path=/;");
    expect(setCookies.find((line) => line.startsWith("parley_refresh="))).toContain("Path=/api/v1/auth;");
    expect((await ask("GET", "/api/v1/account", { cookies, origin })).status).toBe(200);
    const foreign = { cookies, origin: "https://evil.example" };
    expect((await ask("GET", "/api/v1/account", foreign)).status).toBe(403);
    expect((await ask("POST", "/api/v1/auth/token", { ...foreign, body: {} })).status).toBe(403);
    expect((await signUp("evil@example.com", { origin: "https://evil.example" })).status).toBe(403);

    const refreshed = await ask("POST", "/api/v1/auth/token", { cookies, origin, body: {} });
    expect(refreshed).toMatchObject({ status: 200, json: { accessToken: null } });
    const broken = ["parley_session=a.b.c", refreshed.cookies.find((each) => each.startsWith("parley_refresh=")) ?? ""];
    const mended = await ask("POST", "/api/v1/auth/token", { cookies: broken, origin, body: {} });
    expect(mended.status).toBe(200);
    const out = await ask("POST", "/api/v1/auth/sign-out", { cookies: mended.cookies, origin, body: {} });
    expect(out.setCookies.every((line) => line.includes("Max-Age=0"))).toBe(true);
    expect((await ask("GET", "/api/v1/account", { cookies: mended.cookies, origin })).status).toBe(401);
  });

  test("sees its sessions and ends one at once", async () => {
    const first = await signUp("sessions@example.com");
    const second = await ask("POST", "/api/v1/auth/sign-in", { body: { email: "sessions@example.com", password } });
    const token = textOf(second, "accessToken");
    const listed = await ask("GET", "/api/v1/account/sessions", { token });
    const items = listOf<{ id: string; isCurrent: boolean }>(listed, "items");
    expect(items).toHaveLength(2);
    const other = items.find((each) => !each.isCurrent);
    const end = () => ask("DELETE", `/api/v1/account/sessions/${other?.id}`, { token });
    expect((await end()).status).toBe(200);
    expect((await ask("GET", "/api/v1/account", { token: textOf(first, "accessToken") })).status).toBe(401);
    expect((await end()).status).toBe(404);
  });

  test("of this machine is signed in to the demo as a person, and sees the mail that was not sent", async () => {
    const demo = await ask("POST", "/api/v1/auth/demo", { origin: platform.url });
    const { cookies } = demo;
    expect((await ask("GET", "/api/v1/account", { cookies })).json).toMatchObject({
      id: "user_demo",
      organizations: [{ id: "org_demo", role: "owner" }],
    });
    const again = await ask("POST", "/api/v1/auth/demo", { cookies });
    const sessionOf = async (of: Answer) => (await ask("GET", "/api/v1/account", of)).json["sessionId"];
    expect(await sessionOf(again)).toBe(await sessionOf(demo));

    const person = await signUp("mail@example.com");
    const mails = async () =>
      listOf<{ to: string; link: string }>(await ask("GET", "/api/v1/dev-mail", { cookies }), "items");
    await waitUntil(async () => (await mails()).some((mail) => mail.to === "mail@example.com"));
    const link = (await mails()).find((mail) => mail.to === "mail@example.com")?.link ?? "";
    const token = link.split("#token=")[1];
    expect((await ask("POST", "/api/v1/auth/email-verifications", { body: { token } })).status).toBe(200);
    expect((await ask("GET", "/api/v1/dev-mail", { token: textOf(person, "accessToken") })).status).toBe(404);
    expect(platform.output()).toContain(link);
    expect(platform.output()).not.toContain("mail@example.com");
  });
});
