/** What `uploadInThread` runs. */
import { parentPort, workerData } from "node:worker_threads";
import { createS3Store } from "./s3-store.ts";
import type { UploadOrder } from "./upload-in-thread.ts";

const { settings, name, path } = workerData as UploadOrder;
const store = createS3Store(settings);
try {
  await store.upload(name, path);
  parentPort?.postMessage({});
} catch (error) {
  parentPort?.postMessage({ fault: error instanceof Error ? error.name : "unknown" });
} finally {
  store.close();
}
