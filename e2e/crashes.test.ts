/** What breaks under a call: the database, the process that carries it, sockets that talk nonsense. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childrenOf } from "./child-processes.ts";
import { askForStream, visitRoughly } from "./rough-frames.ts";
import { contentOf, startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 15_000 } as const;
const question = { say: "What time do you open on Monday?" } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, minute);
afterAll(() => world?.close(), minute);

test("ten thousand frames of nonsense disturb no other call and crash nothing", { timeout: minute }, async () => {
  const media = childrenOf(world.platform.pid, "media");
  const call = world.call({
    steps: [greeted, question, done, { hangUp: "now" }],
    expect: { heard: { contains: ["Bright Smile", "nine"] }, latency: { firstAudioMaxMs: 1500 }, underrunsMax: 0 },
  });
  const streams = await Promise.all([0, 1, 2, 3].map(() => askForStream(world)));
  const visits = await Promise.all([
    ...streams.map(({ url, token }, index) => visitRoughly(url, { token, count: 2000, seed: index + 1 })),
    ...streams.map(({ url }, index) => visitRoughly(url, { count: 500, seed: index + 100 })),
  ]);
  const sent = visits.reduce((sum, visit) => sum + visit.sent, 0);
  const undisturbed = await call;
  expect(undisturbed.passed, told(undisturbed)).toBe(true);
  // Those let in are borne; those without a token are shown out.
  expect(visits.slice(0, 4).map((visit) => visit.sent)).toEqual([2000, 2000, 2000, 2000]);
  expect(sent).toBe(10_000);
  for (const visit of visits.slice(4)) expect(visit.closeCode).toBe(1008);
  expect(childrenOf(world.platform.pid, "media")).toEqual(media);
});

const linux = process.platform === "linux";

test.runIf(linux)(
  "a media process that is killed: the record ends a turn short at most, the call is closed",
  { timeout: minute },
  async () => {
    const [pid] = childrenOf(world.platform.pid, "media");
    expect(pid).toBeDefined();
    const calling = world.call({
      steps: [greeted, question, done, question, { waitFor: "agentStarts" }, { waitFor: "hangUp", withinMs: 20_000 }],
    });
    const sid = await nextCall();
    await waitUntil(async () => (await storedTurns(sid)).length >= 2, 30_000);
    process.kill(pid ?? 0, "SIGKILL");
    const call = await calling;
    // The carrier tells the caller, and hangs up.
    expect(call.result.endedBy, told(call)).toBe("platform");
    expect(await storedTurns(sid)).toEqual([question.say, question.say]);
    await waitUntil(async () => (await world.stored(sid)).status === "interrupted", 20_000);
    // A new process stands in its place.
    await waitUntil(() => childrenOf(world.platform.pid, "media").length === 1);
    const next = await world.call({
      steps: [greeted, { hangUp: "now" }],
      expect: { heard: { contains: ["Bright Smile"] } },
    });
    expect(next.passed, told(next)).toBe(true);
  },
);

test.runIf(linux)(
  "a database that is gone: the call goes on, and its events are kept until it is back",
  { timeout: minute },
  async () => {
    const pidFile = join(world.platform.dataDir, "postgres", "postmaster.pid");
    const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
    const tree = [pid, ...childrenOf(pid, "")];
    const calling = world.call({
      steps: [greeted, question, done, { say: "Where are you?" }, done, { hangUp: "now" }],
    });
    const sid = await nextCall();
    // Stopped, not ended: a database that hangs is the worse one.
    for (const each of tree) process.kill(each, "SIGSTOP");
    await world.twilio.calls.get(sid)?.ended.finally(() => {
      for (const each of tree) process.kill(each, "SIGCONT");
    });
    const call = await calling;
    expect(call.result.heard, told(call)).toMatch(/nine to five[\s\S]*Garden Street/);
    expect(call.result.underruns).toEqual([]);
    await waitUntil(async () => (await world.stored(sid)).events.some(({ type }) => type === "call-ended"), 20_000);
    expect(await storedTurns(sid)).toEqual([question.say, "Where are you?"]);
  },
);

/** The sid of the call that is about to be placed, once it stands. */
async function nextCall(): Promise<string> {
  const before = world.twilio.calls.size;
  const newest = () => [...world.twilio.calls.values()].at(-1);
  await waitUntil(() => world.twilio.calls.size > before && newest()?.status === "in-progress");
  return newest()?.sid ?? "";
}

async function storedTurns(sid: string): Promise<unknown[]> {
  const { events } = await world.stored(sid);
  return events.filter(({ type }) => type === "turn-committed").map((turn) => contentOf(turn, "text"));
}
