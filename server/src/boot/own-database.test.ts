/** The program on a database of the owner's: there is no demo that would take a call to a number nobody claimed. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { startEmbeddedPostgres } from "../platform/db/embedded-postgres.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { signTwilioRequest } from "../providers/twilio/verify-signature.ts";
import { launch, waitUntil } from "../testing/running-platform.ts";

test("a call to a number nobody claimed hears a polite sentence, and nobody answers it", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-own-"));
  // A server of its own: the program gives the cluster's roles new passwords.
  const server = await startEmbeddedPostgres({ dataDir, clock: systemClock, log: silentLog, settings: ["fsync=off"] });
  const { child, output, exited } = launch({
    ...{ DATABASE_URL: server.adminUrl.replace("@/", "@localhost/"), MASTER_KEY: randomBytes(32).toString("base64") },
    ...{ TWILIO_AUTH_TOKEN: "a-token", MEDIA_PROCESSES: "1" },
  });
  try {
    await waitUntil(() => output().includes("Parley is ready") || child.exitCode !== null, 50_000);
    const address = /Open\s+(http:\S+)/.exec(output())?.[1]?.replace("localhost", "127.0.0.1");
    expect(address, output()).toBeDefined();
    const url = `${address ?? ""}/telephony/twilio/incoming`;
    const fields = { CallSid: `CA${"1".repeat(32)}`, From: "+14155550123", To: "+15550109999", AccountSid: "AC1" };
    const answer = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { "x-twilio-signature": signTwilioRequest("a-token", url, fields) },
    });
    expect(answer.status, output()).toBe(200);
    const twiml = await answer.text();
    expect(twiml).toContain("This number is not in service");
    expect(twiml).toContain("<Hangup/>");
    expect(twiml).not.toContain("<Stream");
  } finally {
    child.kill("SIGTERM");
    child.kill("SIGTERM");
    await exited;
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 90_000);
