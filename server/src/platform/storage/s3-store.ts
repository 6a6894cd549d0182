/** Stored objects in a bucket. Who we are comes from the usual chain: environment, profile, instance role. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { type BucketStore, ObjectMissingError, requireObjectName } from "./object-store.ts";

export interface S3Settings {
  readonly bucket: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint?: string;
  readonly region?: string;
}

/** Only an installation with a bucket pays for its library, at the first object. */
async function connect({ endpoint, region }: S3Settings) {
  const [s3, { Upload }, { getSignedUrl }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("@aws-sdk/lib-storage"),
    import("@aws-sdk/s3-request-presigner"),
  ]);
  const client = new s3.S3Client({
    region: region ?? "us-east-1",
    // Servers other than Amazon's seldom have a host name for each bucket, and do not all know the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { s3, client, Upload, getSignedUrl };
}

export function createS3Store(settings: S3Settings): BucketStore & { close(): void } {
  let opened: ReturnType<typeof connect> | undefined;
  const open = () => {
    opened ??= connect(settings);
    return opened;
  };
  const at = (name: string) => ({ Bucket: settings.bucket, Key: requireObjectName(name) });
  return {
    async upload(name, path, signal) {
      const { client, Upload } = await open();
      const upload = new Upload({ client, params: { ...at(name), Body: createReadStream(path) } });
      signal?.addEventListener("abort", () => void upload.abort(), { once: true });
      await upload.done();
    },
    async read(name, { start, end }) {
      const { s3, client } = await open();
      try {
        const range = { ...at(name), Range: `bytes=${start}-${end - 1}` };
        const { Body } = await client.send(new s3.GetObjectCommand(range));
        return Body as Readable;
      } catch (error) {
        throw isMissing(error) ? new ObjectMissingError() : error;
      }
    },
    async sizeOf(name) {
      const { s3, client } = await open();
      try {
        return (await client.send(new s3.HeadObjectCommand(at(name)))).ContentLength;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async remove(name) {
      const { s3, client } = await open();
      await client.send(new s3.DeleteObjectCommand(at(name)));
    },
    async presignUpload(name, { expiresInSeconds, contentType }) {
      const { s3, client, getSignedUrl } = await open();
      const command = new s3.PutObjectCommand({ ...at(name), ContentType: contentType });
      return await getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    },
    async presignDownload(name, { expiresInSeconds, fileName }) {
      const { s3, client, getSignedUrl } = await open();
      const disposition = `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, "_")}"`;
      const command = new s3.GetObjectCommand({ ...at(name), ResponseContentDisposition: disposition });
      return await getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    },
    close: () => void opened?.then(({ client }) => client.destroy()),
  };
}

const isMissing = (error: unknown) => error instanceof Error && ["NoSuchKey", "NotFound"].includes(error.name);
