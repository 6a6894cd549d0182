import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type FindAccount } from "oidc-provider";
import { expect, test, vi } from "vitest";
import { type AuthDesk, authDesk, deskDevice, deskPassword } from "../../testing/auth-desk.ts";

const redirectUri = "http://127.0.0.1:3999/api/v1/auth/oidc/callback";
const clientId = "parley";
const clientSecret = "a-secret-of-the-installation-itself";

/** A real identity provider; whoever signs in as `salma` or so has the address and the claims given here. */
async function startProvider(claims: Readonly<Record<string, unknown>>) {
  for (const method of ["warn", "info"] as const) vi.spyOn(console, method).mockImplementation(() => {});
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const findAccount: FindAccount = async (_context, id) => {
    return { accountId: id, claims: async () => ({ sub: id, ...claims }) };
  };
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["a key of the test"] },
    findAccount,
  });
  server.on("request", provider.callback());
  return {
    oidc: { issuer, clientId, clientSecret },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      vi.restoreAllMocks();
    },
  };
}

/** A browser that follows the provider's pages until it is sent back to us. */
async function browse(location: string): Promise<URL> {
  const jar = new Map<string, string>();
  let next = { url: location, form: undefined as string | undefined };
  for (let step = 0; step < 12; step++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(next.url, {
      redirect: "manual",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
      ...(next.form === undefined ? {} : { method: "POST", body: next.form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      jar.set(name, value);
    }
    const to = answer.headers.get("location");
    if (to !== null) {
      const url = new URL(to, next.url);
      if (url.href.startsWith(redirectUri)) return url;
      next = { url: url.href, form: undefined };
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (prompt === undefined || action === undefined)
      throw new Error(`no form: ${answer.status} ${page.slice(0, 300)}`);
    next = { url: new URL(action, next.url).href, form: `prompt=${prompt}&login=salma&password=x` };
  }
  throw new Error("The provider never sent the browser back.");
}

async function signOn(desk: AuthDesk, change: (callback: { url: URL; kept: string }) => void = () => {}) {
  const { singleSignOn } = desk.auth;
  if (singleSignOn === undefined) throw new Error("single sign-on is off");
  const { location, kept } = await singleSignOn.start(redirectUri);
  const callback = { url: await browse(location), kept };
  change(callback);
  return await singleSignOn.finish({ ...callback, device: deskDevice });
}

const salma = { email: "salma@example.com", email_verified: true, name: "Salma Adel" };

// The provider's tokens are made by the wall clock, which is years from the desk's; only our own state is judged by the latter.
test("a person signs in by a real provider, first with a new account and then with the same", async () => {
  await using provider = await startProvider(salma);
  await using desk = await authDesk({ oidc: provider.oidc });
  const first = await signOn(desk);
  const account = await desk.auth.readAccount(await desk.principalOf(first));
  expect(account).toMatchObject({ email: salma.email, name: "Salma Adel", emailVerified: true, hasPassword: false });
  const second = await signOn(desk);
  expect(second.userId).toBe(first.userId);
  await expect(desk.auth.signIn({ email: salma.email, password: "", device: deskDevice })).rejects.toMatchObject({
    code: "unauthorized",
  });
});

test("an account of our own is joined when its address is verified here too, and only then", async () => {
  await using provider = await startProvider(salma);
  await using desk = await authDesk({ oidc: provider.oidc });
  const own = await desk.signUp(salma.email, { organizationName: "One" });
  await expect(signOn(desk)).rejects.toMatchObject({ code: "conflict" });
  await desk.auth.verifyEmail((await desk.mailTo(salma.email)).token);
  const session = await signOn(desk);
  expect(session).toMatchObject({ userId: own.userId, orgId: own.orgId });
  await desk.auth.signIn({ email: salma.email, password: deskPassword, device: deskDevice });
});

test("an address that the provider does not vouch for signs nobody in", async () => {
  await using provider = await startProvider({ ...salma, email_verified: false });
  await using desk = await authDesk({ oidc: provider.oidc });
  await expect(signOn(desk)).rejects.toMatchObject({ code: "unauthorized" });
});

test("another browser's answer, another state, a used code and a stale sign-in are refused", async () => {
  await using provider = await startProvider(salma);
  await using desk = await authDesk({ oidc: provider.oidc });
  const other = await desk.auth.singleSignOn!.start(redirectUri);
  const swapped = signOn(desk, (callback) => Object.assign(callback, { kept: other.kept }));
  await expect(swapped).rejects.toMatchObject({ code: "bad_request" });
  const changed = signOn(desk, ({ url }) => url.searchParams.set("state", "guessed"));
  await expect(changed).rejects.toMatchObject({ code: "bad_request" });
  const without = signOn(desk, (callback) => Object.assign(callback, { kept: "" }));
  await expect(without).rejects.toMatchObject({ code: "bad_request" });

  let used: { url: URL; kept: string } | undefined;
  await signOn(desk, (callback) => void (used = { ...callback }));
  const again = desk.auth.singleSignOn!.finish({ ...used!, device: deskDevice });
  await expect(again).rejects.toMatchObject({ code: "unauthorized" });

  const stale = await desk.auth.singleSignOn!.start(redirectUri);
  const url = await browse(stale.location);
  await desk.clock.advance(601_000);
  await expect(desk.auth.singleSignOn!.finish({ url, kept: stale.kept, device: deskDevice })).rejects.toMatchObject({
    code: "bad_request",
  });
});

test("a provider that is not there is told as such, and asked again the next time", async () => {
  const gone = await startProvider(salma);
  await using desk = await authDesk({ oidc: gone.oidc });
  await gone[Symbol.asyncDispose]();
  await expect(desk.auth.singleSignOn!.start(redirectUri)).rejects.toMatchObject({ code: "provider_failed" });
});
