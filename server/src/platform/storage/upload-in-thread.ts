/** One upload in a thread of its own: no voice and no request waits for TLS and checksums of somebody's recording. */
import { Worker } from "node:worker_threads";
import type { S3Settings } from "./s3-store.ts";

export interface UploadOrder {
  readonly settings: S3Settings;
  readonly name: string;
  readonly path: string;
}

/** Resolves when the whole file is in the bucket. Rejects with an error that carries the fault's name only. */
export function uploadInThread(order: UploadOrder, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./upload-thread.ts", import.meta.url), { workerData: order });
    const stop = () => void thread.terminate();
    signal.addEventListener("abort", stop, { once: true });
    let fault: string | undefined = "stopped";
    thread.on("message", (told: { fault?: string }) => {
      fault = told.fault;
    });
    thread.on("error", (error) => {
      fault = error instanceof Error ? error.name : "unknown";
    });
    thread.on("exit", () => {
      signal.removeEventListener("abort", stop);
      if (fault === undefined) resolve();
      else reject(new Error(`the upload failed: ${fault}`));
    });
  });
}
