/** Stored objects in a bucket. Who we are comes from the usual chain: environment, profile, instance role. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { type BucketStore, ObjectMissingError, requireObjectName } from "./object-store.ts";

export interface S3Settings {
  readonly bucket: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint?: string;
  readonly region?: string;
}

export function createS3Store({ bucket, endpoint, region }: S3Settings): BucketStore & { close(): void } {
  const client = new S3Client({
    region: region ?? "us-east-1",
    // Servers other than Amazon's seldom have a host name for each bucket, and do not all know the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const at = (name: string) => ({ Bucket: bucket, Key: requireObjectName(name) });
  return {
    async upload(name, path, signal) {
      const upload = new Upload({ client, params: { ...at(name), Body: createReadStream(path) } });
      signal?.addEventListener("abort", () => void upload.abort(), { once: true });
      await upload.done();
    },
    async read(name, { start, end }) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...at(name), Range: `bytes=${start}-${end - 1}` }));
        return Body as Readable;
      } catch (error) {
        throw isMissing(error) ? new ObjectMissingError() : error;
      }
    },
    async sizeOf(name) {
      try {
        return (await client.send(new HeadObjectCommand(at(name)))).ContentLength;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async remove(name) {
      await client.send(new DeleteObjectCommand(at(name)));
    },
    presignUpload: (name, { expiresInSeconds, contentType }) =>
      getSignedUrl(client, new PutObjectCommand({ ...at(name), ContentType: contentType }), {
        expiresIn: expiresInSeconds,
      }),
    presignDownload: (name, { expiresInSeconds, fileName }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({
          ...at(name),
          ResponseContentDisposition: `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, "_")}"`,
        }),
        { expiresIn: expiresInSeconds },
      ),
    close: () => client.destroy(),
  };
}

const isMissing = (error: unknown) => error instanceof Error && ["NoSuchKey", "NotFound"].includes(error.name);
