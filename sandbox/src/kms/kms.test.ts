import { randomBytes } from "node:crypto";
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterEach, expect, test } from "vitest";
import { type KmsStandIn, startKms } from "./start-kms.ts";

const running: KmsStandIn[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((kms) => kms.close()));
});

async function open() {
  const kms = await startKms({ accessKeyId: "AKIDPARLEY" });
  running.push(kms);
  const clientOf = (accessKeyId: string) =>
    new KMSClient({
      endpoint: kms.url,
      region: "eu-central-1",
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey: "secret" },
    });
  return { kms, client: clientOf("AKIDPARLEY"), stranger: clientOf("AKIDOTHER") };
}

const EncryptionContext = { parley: "root key" };

test("the vendor's SDK encrypts, decrypts and makes data keys, by ARN, alias and id", async () => {
  const { kms, client } = await open();
  const Plaintext = randomBytes(32);
  for (const KeyId of [kms.keyArn, kms.alias, kms.keyArn.replace(/.*\//, "")]) {
    const { CiphertextBlob, KeyId: usedArn } = await client.send(
      new EncryptCommand({ KeyId, Plaintext, EncryptionContext }),
    );
    expect(usedArn).toBe(kms.keyArn);
    expect(Buffer.from(CiphertextBlob ?? []).includes(Plaintext)).toBe(false);
    const opened = await client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
  }
  const made = await client.send(new GenerateDataKeyCommand({ KeyId: kms.alias, KeySpec: "AES_256" }));
  expect(made.Plaintext).toHaveLength(32);
  const again = await client.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
  expect(again.Plaintext).toEqual(made.Plaintext);
});

test("it refuses what the service refuses, by the service's names", async () => {
  const { kms, client, stranger } = await open();
  const KeyId = kms.keyArn;
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId, Plaintext: randomBytes(32), EncryptionContext }),
  );
  const nameOf = (asked: Promise<unknown>) =>
    asked.then(
      () => "no error",
      (error: Error) => error.name,
    );
  const changed = Buffer.from(CiphertextBlob ?? []);
  changed[40] = (changed[40] ?? 0) ^ 1;
  const decrypt = (CiphertextBlob: Uint8Array | undefined, rest = {}) =>
    client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, ...rest }));
  expect(await nameOf(decrypt(changed))).toBe("InvalidCiphertextException");
  expect(await nameOf(decrypt(CiphertextBlob, { EncryptionContext: { other: "purpose" } }))).toBe(
    "InvalidCiphertextException",
  );
  expect(await nameOf(decrypt(CiphertextBlob, { KeyId: "alias/nobody" }))).toBe("NotFoundException");
  expect(await nameOf(stranger.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })))).toBe(
    "UnrecognizedClientException",
  );
  expect(await nameOf(client.send(new EncryptCommand({ KeyId, Plaintext: randomBytes(5000) })))).toBe(
    "ValidationException",
  );
  kms.setEnabled(false);
  expect(await nameOf(decrypt(CiphertextBlob))).toBe("DisabledException");
  kms.setEnabled(true);
  kms.fail({ name: "KMSInternalException", status: 500 });
  expect(await nameOf(decrypt(CiphertextBlob))).toBe("KMSInternalException");
  kms.fail(undefined);
  expect(await nameOf(decrypt(CiphertextBlob))).toBe("no error");
});
