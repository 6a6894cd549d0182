/** On a database of the owner's, the first person who signs up administers the installation: keys and chains, never content. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { startEmbeddedPostgres } from "../platform/db/embedded-postgres.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { launch, waitUntil } from "../testing/running-platform.ts";

async function startOnOwnDatabase() {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-admin-"));
  // A server of its own: the program gives the cluster's roles new passwords.
  const server = await startEmbeddedPostgres({ dataDir, clock: systemClock, log: silentLog, settings: ["fsync=off"] });
  const { child, output, exited } = launch({
    ...{ DATABASE_URL: server.adminUrl.replace("@/", "@localhost/"), MASTER_KEY: randomBytes(32).toString("base64") },
    MEDIA_PROCESSES: "1",
  });
  await waitUntil(() => output().includes("Parley is ready") || child.exitCode !== null, 50_000);
  const address = /Open\s+(http:\S+)/.exec(output())?.[1]?.replace("localhost", "127.0.0.1");
  expect(address, output()).toBeDefined();
  const ask = async (path: string, token: string, init: RequestInit = {}) => {
    const headers = {
      "content-type": "application/json",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(`${address ?? ""}/api/v1${path}`, { ...init, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const signUp = async (name: string) => {
    const person = { email: `${name}@mail.example`, password: randomBytes(12).toString("hex"), name };
    const made = await ask("/auth/sign-up", "", {
      method: "POST",
      body: JSON.stringify({ ...person, organizationName: `${name}'s` }),
    });
    expect(made.status, JSON.stringify(made.body)).toBeLessThan(300);
    return String(made.body["accessToken"]);
  };
  return {
    ...{ ask, signUp, output },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      child.kill("SIGTERM");
      await exited;
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

test("the administrator sees which keys open the installation and whether each chain is whole; nobody else does", async () => {
  await using platform = await startOnOwnDatabase();
  const first = await platform.signUp("first");
  const second = await platform.signUp("second");
  const keys = await platform.ask("/installation/keys", first);
  expect([keys.status, keys.body["items"]]).toEqual([
    200,
    [
      {
        name: expect.stringMatching(/^\S{8,}$/),
        kind: "setting",
        since: expect.stringMatching(/^\d{4}-/),
        isCurrent: true,
        wraps: 1,
      },
    ],
  ]);
  const chains = await platform.ask("/installation/audit-log/verify", first);
  const items = chains.body["items"] as { organizationId: string; state: string; entries: number }[];
  expect(chains.status).toBe(200);
  const known = (await platform.ask("/installation/organizations", first)).body["items"] as { id: string }[];
  expect(items.map(({ organizationId }) => organizationId).toSorted()).toEqual(known.map(({ id }) => id).toSorted());
  expect(items.length).toBeGreaterThanOrEqual(2);
  for (const chain of items) expect(chain).toMatchObject({ state: "intact" });
  for (const path of ["/installation/keys", "/installation/audit-log/verify"]) {
    expect((await platform.ask(path, second)).status, path).toBe(403);
    expect((await platform.ask(path, "")).status, path).toBe(401);
  }
  const own = await platform.ask("/audit-log/verify", second);
  expect([own.status, own.body["state"]]).toEqual([200, "intact"]);
}, 90_000);
