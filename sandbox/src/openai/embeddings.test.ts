import OpenAI from "openai";
import { expect, test } from "vitest";
import { startOpenAi } from "./start-openai.ts";

async function open(apiKey = "key") {
  const vendor = await startOpenAi();
  const client = new OpenAI({ apiKey, baseURL: `${vendor.url}/v1`, maxRetries: 0 });
  return { vendor, client, [Symbol.asyncDispose]: () => vendor.close() };
}

const model = "text-embedding-3-small";
const dot = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);

test("texts of the same words are near, others are not; vectors have the wanted length and are of length 1", async () => {
  await using desk = await open();
  // The client asks for base64 by itself.
  const input = ["opening hours on friday", "what are the opening hours", "tapeworm treatment for ferrets"];
  const { data, usage } = await desk.client.embeddings.create({ model, input, dimensions: 512 });
  const [hours = [], question = [], ferrets = []] = data.map(({ embedding }) => embedding);
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(hours).toHaveLength(512);
  expect(dot(hours, hours)).toBeCloseTo(1, 4);
  expect(dot(hours, question)).toBeGreaterThan(dot(hours, ferrets) + 0.2);
  expect(usage.total_tokens).toBeGreaterThan(8);
  const plain = await desk.client.embeddings.create({ model, input: "hello", encoding_format: "float" });
  expect(plain.data[0]?.embedding).toHaveLength(1536);
});

test("what the vendor refuses is refused", async () => {
  await using desk = await open();
  const ask = (more: Partial<OpenAI.EmbeddingCreateParams>) =>
    desk.client.embeddings.create({ model, input: "hello", ...more });
  await expect(ask({ input: "" })).rejects.toMatchObject({ status: 400 });
  await expect(ask({ input: [] })).rejects.toMatchObject({ status: 400 });
  await expect(ask({ dimensions: 4096 })).rejects.toMatchObject({ status: 400, param: "dimensions" });
  await expect(ask({ model: "text-embedding-ada-002", dimensions: 256 })).rejects.toMatchObject({ status: 400 });
  await expect(ask({ model: "gpt-4.1-mini" })).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  await expect(ask({ input: "word ".repeat(9000) })).rejects.toMatchObject({ status: 400 });
  await expect(ask({ input: Array.from({ length: 2049 }, () => "a") })).rejects.toMatchObject({ status: 400 });
  await using other = await open("invalid-key");
  await expect(other.client.embeddings.create({ model, input: "hello" })).rejects.toMatchObject({ status: 401 });
});

test("faults meet it as they meet the rest", async () => {
  await using desk = await open();
  desk.vendor.setFaults({ refuseStatus: 429, faultyRequests: 1 });
  await expect(desk.client.embeddings.create({ model, input: "hello" })).rejects.toMatchObject({ status: 429 });
  await expect(desk.client.embeddings.create({ model, input: "hello" })).resolves.toMatchObject({ object: "list" });
});
