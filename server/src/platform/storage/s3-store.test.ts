import { expect, test } from "vitest";
import { startTestBucket } from "../../testing/test-bucket.ts";
import { createS3Store } from "./s3-store.ts";

test("addresses for uploads and exports, for a while and for one object", async () => {
  await using bucket = await startTestBucket();
  const store = createS3Store(bucket.settings);
  const address = await store.presignUpload("uploads/a.csv", { expiresInSeconds: 60, contentType: "text/csv" });
  const put = await fetch(address, { method: "PUT", body: "a,b\n", headers: { "content-type": "text/csv" } });
  expect(put.status).toBe(200);
  const download = await store.presignDownload("uploads/a.csv", { expiresInSeconds: 60, fileName: "a.csv" });
  const got = await fetch(download);
  expect([await got.text(), got.headers.get("content-disposition")]).toEqual(["a,b\n", 'attachment; filename="a.csv"']);
  store.close();
});
