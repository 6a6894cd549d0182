/** A stand-in for AWS KMS: Encrypt, Decrypt and GenerateDataKey of symmetric keys, in the service's JSON 1.1 protocol. */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

export interface KmsOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly accessKeyId?: string;
}

export interface KmsStandIn {
  readonly url: string;
  readonly keyArn: string;
  readonly alias: string;
  /** What was asked so far, by operation. */
  readonly asked: readonly string[];
  /** The next answers are this fault; undefined mends it. */
  fail(fault: { readonly name: string; readonly status: number } | undefined): void;
  setEnabled(enabled: boolean): void;
  close(): Promise<void>;
}

const region = "eu-central-1";
const context = z.record(z.string(), z.string()).optional();
const base64 = z.base64();
const requests = {
  Encrypt: z.object({ KeyId: z.string(), Plaintext: base64, EncryptionContext: context }),
  Decrypt: z.object({ KeyId: z.string().optional(), CiphertextBlob: base64, EncryptionContext: context }),
  GenerateDataKey: z.object({
    KeyId: z.string(),
    KeySpec: z.enum(["AES_256", "AES_128"]).optional(),
    NumberOfBytes: z.number().int().min(1).max(1024).optional(),
    EncryptionContext: context,
  }),
};
type Operation = keyof typeof requests;

class Fault extends Error {
  readonly status: number;

  constructor(name: string, status = 400, message = "") {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export async function startKms(options: KmsOptions = {}): Promise<KmsStandIn> {
  const service = new Service(options.accessKeyId);
  const server = createServer((request, response) => void serve(service, { request, response }));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keyArn: service.keyArn,
    alias: service.alias,
    asked: service.asked,
    fail: (fault) => {
      service.fault = fault;
    },
    setEnabled: (enabled) => {
      service.isEnabled = enabled;
    },
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

class Service {
  readonly keyId = randomUUID();
  readonly alias = "alias/parley";
  readonly keyArn = `arn:aws:kms:${region}:111122223333:key/${this.keyId}`;
  readonly asked: Operation[] = [];
  fault: { readonly name: string; readonly status: number } | undefined;
  isEnabled = true;
  private readonly key = randomBytes(32);
  private readonly accessKeyId: string | undefined;

  constructor(accessKeyId: string | undefined) {
    this.accessKeyId = accessKeyId;
  }

  answer(operation: Operation, body: unknown, authorization: string): unknown {
    this.asked.push(operation);
    if (this.fault !== undefined) throw new Fault(this.fault.name, this.fault.status);
    const signed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/kms\/aws4_request,/.exec(authorization);
    if (signed === null) throw new Fault("MissingAuthenticationTokenException");
    if (this.accessKeyId !== undefined && signed[1] !== this.accessKeyId)
      throw new Fault("UnrecognizedClientException");
    const read = requests[operation].safeParse(body);
    if (!read.success) throw new Fault("ValidationException", 400, read.error.issues[0]?.message);
    if (operation === "Encrypt") return this.encrypt(read.data as z.infer<typeof requests.Encrypt>);
    if (operation === "Decrypt") return this.decrypt(read.data as z.infer<typeof requests.Decrypt>);
    return this.generate(read.data as z.infer<typeof requests.GenerateDataKey>);
  }

  private encrypt({ KeyId, Plaintext, EncryptionContext }: z.infer<typeof requests.Encrypt>) {
    this.requireKey(KeyId);
    const plain = Buffer.from(Plaintext, "base64");
    if (plain.length === 0 || plain.length > 4096)
      throw new Fault("ValidationException", 400, "Plaintext: 1 to 4096 bytes");
    const CiphertextBlob = this.seal(plain, EncryptionContext).toString("base64");
    return { CiphertextBlob, KeyId: this.keyArn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
  }

  private generate({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }: z.infer<typeof requests.GenerateDataKey>) {
    this.requireKey(KeyId);
    if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
      throw new Fault("ValidationException", 400, "KeySpec or NumberOfBytes, one of them");
    }
    const plain = randomBytes(NumberOfBytes ?? (KeySpec === "AES_128" ? 16 : 32));
    const CiphertextBlob = this.seal(plain, EncryptionContext).toString("base64");
    return { CiphertextBlob, Plaintext: plain.toString("base64"), KeyId: this.keyArn };
  }

  private decrypt({ KeyId, CiphertextBlob, EncryptionContext }: z.infer<typeof requests.Decrypt>) {
    if (KeyId !== undefined) this.requireKey(KeyId);
    if (!this.isEnabled) throw new Fault("DisabledException");
    const sealed = Buffer.from(CiphertextBlob, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.key, sealed.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(bytesOf(EncryptionContext));
      decipher.setAuthTag(sealed.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
      return { Plaintext: plain.toString("base64"), KeyId: this.keyArn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    } catch {
      throw new Fault("InvalidCiphertextException");
    }
  }

  private seal(plain: Buffer, about: Record<string, string> | undefined): Buffer {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, iv);
    cipher.setAAD(bytesOf(about));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]);
  }

  private requireKey(name: string): void {
    const aliasArn = `arn:aws:kms:${region}:111122223333:${this.alias}`;
    if (![this.keyId, this.keyArn, this.alias, aliasArn].includes(name)) throw new Fault("NotFoundException");
    if (!this.isEnabled) throw new Fault("DisabledException");
  }
}

/** The same, whatever the order of its names. */
function bytesOf(about: Record<string, string> = {}): Buffer {
  const pairs = Object.entries(about).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(pairs)).digest();
}

async function serve(
  service: Service,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() });
    response.end(JSON.stringify(body));
  };
  try {
    const operation = String(request.headers["x-amz-target"]).replace(/^TrentService\./, "");
    if (request.method !== "POST" || !Object.hasOwn(requests, operation)) throw new Fault("UnknownOperationException");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    send(200, service.answer(operation as Operation, body, request.headers.authorization ?? ""));
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("SerializationException");
    send(fault.status, { __type: fault.name, message: fault.message });
  }
}
