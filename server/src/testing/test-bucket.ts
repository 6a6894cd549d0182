/** `await using bucket = await startTestBucket()`: a server that speaks S3, with one empty bucket, in a temporary folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";
import type { S3Settings } from "../platform/storage/s3-store.ts";

export interface TestBucket extends AsyncDisposable {
  readonly settings: S3Settings;
}

/** The credentials that server knows go into this process's environment, where the usual chain looks first. */
export async function startTestBucket(): Promise<TestBucket> {
  const directory = mkdtempSync(join(tmpdir(), "parley-bucket-"));
  const bucket = "parley-test";
  const server = new S3rver({
    ...{ address: "127.0.0.1", port: 0, silent: true, directory },
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  process.env["AWS_ACCESS_KEY_ID"] = "S3RVER";
  process.env["AWS_SECRET_ACCESS_KEY"] = "S3RVER";
  return {
    settings: { bucket, endpoint: `http://127.0.0.1:${port}`, region: "us-east-1" },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
