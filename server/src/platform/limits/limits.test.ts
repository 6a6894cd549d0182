import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { waitUntil } from "../../testing/running-platform.ts";
import { silentLog } from "../db/log-line.ts";
import { type CounterStore, createCounterStore } from "./counter.ts";
import { createLockOut } from "./lock-out.ts";
import { createRateLimiter, networkOf } from "./rate-limiter.ts";

const secret = Buffer.alloc(32, 7);
const limits = { address: 3, strict: 2, account: 3, "api-key": 3, organization: 5 };
const inProcess = () => createCounterStore({ clock: systemClock, log: silentLog });
const limiterOver = (store: CounterStore) => createRateLimiter({ store, limits, secret });

afterEach(() => void vi.useRealTimers());

test("an address has its requests of a minute, then none, then again", async () => {
  vi.useFakeTimers();
  const limiter = limiterOver(inProcess());
  const taken = [];
  for (let turn = 0; turn < 4; turn++) taken.push(await limiter.take("address", "192.0.2.1"));
  expect(taken.map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
    [true, 2],
    [true, 1],
    [true, 0],
    [false, 0],
  ]);
  expect(taken[3]?.resetMs).toBe(60_000);
  expect((await limiter.take("address", "192.0.2.2")).isAllowed).toBe(true);
  expect((await limiter.take("strict", "192.0.2.1")).isAllowed).toBe(true);
  vi.advanceTimersByTime(60_001);
  expect((await limiter.take("address", "192.0.2.1")).isAllowed).toBe(true);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0db8:1:2::9", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const here = { account: "sam@example.com", address: "192.0.2.1" };
const refusalOf = async (asked: Promise<void>) =>
  await asked.then(
    () => undefined,
    (error: { code?: string }) => error,
  );

test("failures beyond the fourth lock the account from this address, twice as long each time", async () => {
  vi.useFakeTimers();
  const lockOut = createLockOut({ store: inProcess(), secret });
  for (let failure = 0; failure < 4; failure++) await lockOut.fail(here);
  expect(await refusalOf(lockOut.check(here))).toBeUndefined();
  for (const waitSeconds of [2, 4, 8, 16]) {
    await lockOut.fail(here);
    expect(await refusalOf(lockOut.check(here))).toMatchObject({
      code: "too_many_requests",
      retryAfterMs: waitSeconds * 1000,
    });
    expect(await refusalOf(lockOut.check({ ...here, address: "198.51.100.9" }))).toBeUndefined();
    vi.advanceTimersByTime(waitSeconds * 1000 - 1);
    expect(await refusalOf(lockOut.check(here))).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(await refusalOf(lockOut.check(here))).toBeUndefined();
  }
  await lockOut.succeed(here);
  await lockOut.fail(here);
  expect(await refusalOf(lockOut.check(here))).toBeUndefined();
});

test("an account tried from many addresses is locked from all of them", async () => {
  vi.useFakeTimers();
  const lockOut = createLockOut({ store: inProcess(), secret });
  for (let tried = 0; tried < 20; tried++) await lockOut.fail({ ...here, address: `192.0.2.${tried}` });
  expect(await refusalOf(lockOut.check({ ...here, address: "198.51.100.9" }))).toMatchObject({ retryAfterMs: 2000 });
  expect(await refusalOf(lockOut.check({ account: "kim@example.com", address: "192.0.2.1" }))).toBeUndefined();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), "parley-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const child = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => void (output += data.toString()));
  await waitUntil(() => output.includes("Ready to accept connections"));
  const exited = new Promise((resolve) => void child.once("exit", resolve));
  return {
    url: `redis://127.0.0.1:${port}`,
    signal: (name: "SIGSTOP" | "SIGCONT") => void child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const hasRedis = spawnSync("sh", ["-c", "command -v redis-server"], { stdio: "ignore" }).status === 0;

describe.skipIf(!hasRedis)("with Redis (Debian package redis-server)", () => {
  /** Nodes that share it; `usedOf` proves that a count is in Redis, for the other node sees it. */
  const openStore = (redisUrl: string, said: string[] = []) =>
    createCounterStore({ redisUrl, clock: systemClock, log: (_level, message) => void said.push(message) });
  const isShared = async (one: CounterStore, other: CounterStore) => {
    const name = `probe-${Math.random()}`;
    await one.counter(name, 60).add("probe");
    return (await other.counter(name, 60).read("probe")).used === 1;
  };

  test("two nodes count together, and no address stands in the store", async () => {
    await using redis = await startRedis();
    const [one, other] = [openStore(redis.url), openStore(redis.url)];
    await waitUntil(() => isShared(one, other));
    const [left, right] = [limiterOver(one), limiterOver(other)];
    for (const limiter of [left, right, left])
      expect((await limiter.take("address", "192.0.2.77")).isAllowed).toBe(true);
    expect((await right.take("address", "192.0.2.77")).isAllowed).toBe(false);
    const lockOut = createLockOut({ store: one, secret });
    for (let failure = 0; failure < 5; failure++) await lockOut.fail(here);
    const refused = await refusalOf(createLockOut({ store: other, secret }).check(here));
    expect(refused).toMatchObject({ code: "too_many_requests" });
    const port = new URL(redis.url).port;
    const kept = spawnSync("redis-cli", ["-p", port, "--scan"], { encoding: "utf8" }).stdout;
    expect(kept).toContain("parley:rate:address");
    expect(kept).not.toMatch(/192\.0\.2\.77|sam@example/);
    for (const store of [one, other]) store.close();
  });

  test("a Redis that is gone or hangs neither fails nor holds a request, and is used again when it is back", async () => {
    const said: string[] = [];
    await using redis = await startRedis();
    const [one, other] = [openStore(redis.url, said), openStore(redis.url)];
    await waitUntil(() => isShared(one, other));
    const limiter = limiterOver(one);
    redis.signal("SIGSTOP");
    const startedMs = performance.now();
    const verdicts = [];
    for (let turn = 0; turn < 20; turn++) verdicts.push((await limiter.take("api-key", "key_a")).isAllowed);
    expect(verdicts).toEqual(Array.from({ length: 20 }, (_, turn) => turn < 3));
    // The first waits for its deadline; the rest are not sent there at all.
    expect(performance.now() - startedMs).toBeLessThan(1000);
    redis.signal("SIGCONT");
    await waitUntil(() => isShared(one, other));
    expect(said.join("\n")).toMatch(/Redis does not answer/);
    await redis[Symbol.asyncDispose]();
    expect((await limiter.take("api-key", "key_b")).isAllowed).toBe(true);
    for (const store of [one, other]) store.close();
  });

  test("an address where nothing listens is no reason not to start", async () => {
    const store = openStore(`redis://127.0.0.1:${await freePort()}`);
    expect((await limiterOver(store).take("account", "user_a")).isAllowed).toBe(true);
    store.close();
  });
});
