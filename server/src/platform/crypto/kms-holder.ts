/** A root key sealed by AWS KMS: the key of the service never leaves it; a start without the service does not open the database. */
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/app-error.ts";
import { keyLength, UnsealError } from "./envelope.ts";
import type { KeyHolder } from "./key-holder.ts";

export const kmsPrefix = "aws-kms:";
/** Bound into the ciphertext: KMS opens it for this purpose alone. */
const context = { parley: "root key" };
const answersWithinMs = 10_000;

const nameShape =
  /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]+|alias\/[A-Za-z0-9/_-]+|[0-9a-f-]{36})$/;

/**
 * `setting`: `aws-kms:` and a key's ARN, alias or id. Credentials, region and (for tests) AWS_ENDPOINT_URL_KMS are the SDK's own
 * settings. Throws AppError `setting_invalid` for a name that is none.
 */
export function createKmsHolder(setting: string, source: string): KeyHolder {
  const keyId = setting.slice(kmsPrefix.length).trim();
  if (!nameShape.test(keyId)) {
    throw failure(`${source} must be aws-kms: and the key's ARN or alias, such as aws-kms:alias/parley.`);
  }
  const region = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):/.exec(keyId)?.[1];
  const ask = (work: Work) => askService({ source, keyId, region }, work);
  return {
    name: `kms:${createHash("sha256").update(keyId).digest("hex").slice(0, 16)}`,
    kind: "aws-kms",
    wrap: (rootKey) =>
      ask(async ({ kms, client }) => {
        const command = new kms.EncryptCommand({ KeyId: keyId, Plaintext: rootKey, EncryptionContext: context });
        return (await client.send(command)).CiphertextBlob;
      }),
    unwrap: async (wrapped) => {
      const rootKey = await ask(async ({ kms, client }) => {
        const command = new kms.DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext: context });
        return (await client.send(command)).Plaintext;
      });
      if (rootKey.length !== keyLength) throw new UnsealError();
      return rootKey;
    },
  };
}

type Kms = typeof import("@aws-sdk/client-kms");
type Work = (parts: { kms: Kms; client: InstanceType<Kms["KMSClient"]> }) => Promise<Uint8Array | undefined>;

/** Loaded at need: nobody without KMS pays for the SDK. */
async function askService(
  { source, keyId, region }: { source: string; keyId: string; region: string | undefined },
  work: Work,
): Promise<Buffer> {
  const kms = await import("@aws-sdk/client-kms");
  const client = new kms.KMSClient({
    maxAttempts: 4,
    requestHandler: { requestTimeout: answersWithinMs, connectionTimeout: answersWithinMs },
    ...(region === undefined ? {} : { region }),
  });
  try {
    const answer = await work({ kms, client });
    if (answer === undefined) throw new UnsealError();
    return Buffer.from(answer);
  } catch (error) {
    if (error instanceof UnsealError) throw error;
    const name = error instanceof Error ? error.name : "unknown";
    if (name === "InvalidCiphertextException" || name === "IncorrectKeyException") throw new UnsealError();
    throw failure(
      `${source} names ${keyId} in AWS KMS, which cannot be used: ${said[name] ?? reasonOf(error)} (${name}).`,
    );
  } finally {
    client.destroy();
  }
}

const said: Readonly<Record<string, string>> = {
  NotFoundException: "there is no such key in this account and region",
  AccessDeniedException: "these credentials may not use it; they need kms:Encrypt and kms:Decrypt",
  DisabledException: "the key is disabled",
  KMSInvalidStateException: "the key is disabled or waits to be deleted",
  CredentialsProviderError:
    "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role",
  UnrecognizedClientException: "AWS does not know these credentials",
  ExpiredTokenException: "the credentials have expired",
};

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") return `the service cannot be reached, ${code}`;
  return /region/i.test(String(error)) ? "set AWS_REGION" : "the service did not answer as it should";
}

const failure = (publicMessage: string) => new AppError("setting_invalid", { publicMessage, family: "operational" });
