/** What goes wrong in a day: vendors fail before and after they did something, the worker is killed, the database breaks off. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf } from "../../e2e/child-processes.ts";
import type { DeedFault } from "../../sandbox/src/control/deed-faults.ts";
import { createRandom, type Random } from "../booking-calls/random.ts";
import type { DayGround } from "./ground.ts";

export interface Weather {
  /** How often each went wrong. */
  readonly struck: ReadonlyMap<string, number>;
  /** Everything works again from then on. */
  clear(): Promise<void>;
}

function vendorFaults(random: Random): DeedFault[] {
  const how = random.pick([500, 503, "cut", "cut"] as const);
  const when = random.pick(["before", "after", "after"] as const);
  const method = random.pick(["any", "POST", "PUT", "PATCH", "DELETE", "GET"]);
  return [{ when, how, times: random.between(1, 6), ...(method !== "any" && { method }) }];
}

function breakTexts({ twilio }: DayGround, random: Random): void {
  const restError = { status: 503, code: 20503, message: "Service Unavailable" };
  twilio.setFaults(random.chance(50) ? { restError } : { messages: { loseAnswer: true } });
}

function killWorker({ platform }: DayGround): void {
  for (const pid of childrenOf(platform.pid, "worker")) process.kill(pid, "SIGKILL");
}

/** What an operator's `pg_terminate_backend` does to every connection. */
function breakDatabaseConnections({ platform }: DayGround): void {
  const pidFile = join(platform.dataDir, "postgres", "postmaster.pid");
  const postmaster = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  for (const pid of childrenOf(postmaster, "parley")) process.kill(pid, "SIGTERM");
}

const mails = ["refuse", "lose"] as const;

const strikes: readonly (readonly [string, number, (ground: DayGround, random: Random) => void])[] = [
  ["Google fails", 4, ({ google }, random) => google.setFaults(vendorFaults(random))],
  ["Microsoft fails", 4, ({ microsoft }, random) => microsoft.setFaults(vendorFaults(random))],
  ["the line to CalDAV fails", 4, ({ radicale }, random) => radicale?.line.setFaults(vendorFaults(random))],
  ["texts fail", 3, breakTexts],
  ["mail fails", 3, ({ mail }, random) => mail.setFault(random.pick(mails))],
  ["webhooks fail", 3, ({ webhooks }, random) => webhooks.setFault(random.pick(mails))],
  ["the worker is killed", 1, killWorker],
  ["the database breaks off", 1, breakDatabaseConnections],
  ["everything works", 6, calm],
];

function calm({ google, microsoft, radicale, twilio, mail, webhooks }: DayGround): void {
  google.setFaults([]);
  microsoft.setFaults([]);
  radicale?.line.setFaults([]);
  twilio.setFaults({});
  mail.setFault("none");
  webhooks.setFault("none");
}

/** Something changes every `everyMs`, by a seed. */
export function startWeather(ground: DayGround, { seed, everyMs }: { seed: number; everyMs: number }): Weather {
  const random = createRandom(seed);
  const struck = new Map<string, number>();
  const over = new AbortController();
  const bag = strikes.flatMap((strike) => Array.from({ length: strike[1] }, () => strike));
  const pass = async () => {
    // Each kind once before chance decides, so that no day is without one.
    for (let at = 0; !over.signal.aborted; at++) {
      const [name, , strike] = strikes[at] ?? random.pick(bag);
      strike(ground, random);
      struck.set(name, (struck.get(name) ?? 0) + 1);
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const passing = pass();
  return {
    struck,
    async clear() {
      over.abort();
      await passing;
      calm(ground);
    },
  };
}
