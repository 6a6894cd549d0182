/** The installation's keys through the real program: a key of AWS KMS, its absence, and the way from one holder to another. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type KmsStandIn, startKms } from "../sandbox/src/kms/start-kms.ts";
import { type Platform, startPlatform } from "./platform.ts";

const minute = 60_000;

const settings = (kms: KmsStandIn, masterKey: string) => ({
  MASTER_KEY: masterKey,
  AWS_ENDPOINT_URL_KMS: kms.url,
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "AKIDPARLEY",
  AWS_SECRET_ACCESS_KEY: "secret",
});

const ask = (platform: Platform, path: string, init: RequestInit = {}) =>
  fetch(`${platform.url}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${platform.apiKey}`, "content-type": "application/json" },
  });

test("sealed under AWS KMS; without it no start; moved to a key of one's own and back", {
  timeout: 3 * minute,
}, async () => {
  const kms = await startKms({ accessKeyId: "AKIDPARLEY" });
  const keep = mkdtempSync(join(tmpdir(), "parley-keys-"));
  const own = randomBytes(32).toString("base64");
  const byKms = `aws-kms:${kms.keyArn}`;
  /** Starts on the kept folder, looks, and stops. */
  const visit = async (env: Record<string, string>, look: (platform: Platform) => Promise<void>) => {
    const platform = await startPlatform(env, keep);
    try {
      await look(platform);
    } finally {
      await platform.stop();
    }
  };
  const seesContact = async (platform: Platform) => {
    const found = (await (await ask(platform, "/contacts?name=Zerafina")).json()) as { items: { name: string }[] };
    expect(found.items.map((contact) => contact.name)).toEqual(["Zerafina Quill"]);
  };
  try {
    await visit(settings(kms, byKms), async (platform) => {
      const made = await ask(platform, "/contacts", {
        method: "POST",
        body: JSON.stringify({ name: "Zerafina Quill" }),
      });
      expect(made.status, await made.clone().text()).toBe(201);
      await seesContact(platform);
    });
    expect(kms.asked).toContain("Encrypt");
    const refusal = (env: Record<string, string>) =>
      startPlatform(env, keep).then(
        async (platform) => (await platform.stop(), "it started"),
        (error: unknown) => String(error),
      );
    kms.setEnabled(false);
    expect(await refusal(settings(kms, byKms))).toMatch(
      /Parley cannot start: MASTER_KEY names arn:aws:kms\S+ in AWS KMS, which cannot be used: the key is disabled/,
    );
    kms.setEnabled(true);
    expect(await refusal({ ...settings(kms, byKms), AWS_ENDPOINT_URL_KMS: "http://127.0.0.1:9" })).toMatch(
      /cannot be used: the service cannot be reached, ECONNREFUSED/,
    );
    expect(await refusal({ MASTER_KEY: own })).toMatch(/MASTER_KEY is not the one this database was sealed with/);
    await visit({ ...settings(kms, own), MASTER_KEY_PREVIOUS: byKms }, seesContact);
    // The service is not asked any more.
    const asked = kms.asked.length;
    await visit({ MASTER_KEY: own }, seesContact);
    expect(kms.asked.length).toBe(asked);
    expect(await refusal(settings(kms, byKms))).toMatch(/MASTER_KEY is not the one/);
  } finally {
    rmSync(keep, { recursive: true, force: true });
    await kms.close();
  }
});
